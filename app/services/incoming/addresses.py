"""Addresses of incoming webhooks: make, show, renew with an overlap, end."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import ADDRESS_RENEWED, OLD_ADDRESSES_ENDED
from app.core.digests import digest_of
from app.core.errors import FieldError, Invalid
from app.core.extensions import db, vault
from app.core.route_policy import INCOMING
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import IncomingAddress, IncomingWebhook
from app.services.incoming.auditing import note_on
from app.services.incoming.finding import find

# 192 random bits; security.md asks for 128.
TOKEN_BYTES = 24
DEFAULT_OVERLAP_S, LONGEST_OVERLAP_S = 24 * 3600, 30 * 24 * 3600


def add_address(session: Session, incoming_webhook_id: str) -> None:
    """A new address for an incoming webhook, in the caller's transaction."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(
        IncomingAddress(
            incoming_webhook_id=incoming_webhook_id,
            token_hash=digest_of(token),
            encrypted_token=vault().encrypt(token),
        )
    )


class KnownAddress(NamedTuple):
    """Whose address it is, and how many calls a minute it takes."""

    webhook_id: str
    per_minute: int


def known_address(digest: str) -> KnownAddress | None:
    """The address whose token has this digest, be it ended; None if there is none."""
    found = db.session.scalar(
        select(IncomingWebhook)
        .join(IncomingAddress, IncomingAddress.incoming_webhook_id == IncomingWebhook.id)
        .where(IncomingAddress.token_hash == digest)
    )
    return None if found is None else KnownAddress(found.id, found.calls_a_minute)


def address_of(webhook: IncomingWebhook) -> str:
    """The newest address, in full. Whoever has it may do what the incoming webhook may do."""
    newest = addresses_of(webhook.id)[0]
    return f"{current_app.config['SETTINGS'].base_url}{INCOMING}{vault().decrypt(newest.encrypted_token)}"


def addresses_of(incoming_webhook_id: str) -> Sequence[IncomingAddress]:
    """All that are kept, newest first."""
    query = select(IncomingAddress).where(IncomingAddress.incoming_webhook_id == incoming_webhook_id)
    return db.session.scalars(query.order_by(IncomingAddress.id.desc())).all()


def renew(space_id: str, incoming_webhook_id: str, overlap_s: int = DEFAULT_OVERLAP_S) -> IncomingWebhook:
    """A new address; the one before works on for `overlap_s` seconds. Raises `NotFound` and `Invalid`."""
    if not 0 <= overlap_s <= LONGEST_OVERLAP_S:
        said = _("Choose at most %(n)s days.", n=LONGEST_OVERLAP_S // 86400)
        raise Invalid([FieldError("overlap_s", said)])
    with transaction() as session:
        webhook = find(space_id, incoming_webhook_id)
        _end(webhook.id, overlap_s)
        add_address(session, webhook.id)
        note_on(session, webhook, ADDRESS_RENEWED)
    return webhook


def end_old_addresses(space_id: str, incoming_webhook_id: str) -> IncomingWebhook:
    """From now on only the newest address works. Raises `NotFound`."""
    with transaction() as session:
        webhook = find(space_id, incoming_webhook_id)
        now = utc_now()
        for address in addresses_of(webhook.id)[1:]:
            if address.works(now):
                address.ends_at = now
        note_on(session, webhook, OLD_ADDRESSES_ENDED)
    return webhook


def revoke_all(session: Session, incoming_webhook_id: str) -> None:
    """Every address is gone at once, as if it had never been."""
    for address in addresses_of(incoming_webhook_id):
        session.delete(address)


def _end(incoming_webhook_id: str, overlap_s: int) -> None:
    """Addresses that work end with the overlap, if they do not end sooner."""
    now = utc_now()
    end = now + timedelta(seconds=overlap_s)
    for address in addresses_of(incoming_webhook_id):
        if address.works(now) and (address.ends_at is None or address.ends_at > end):
            address.ends_at = end
