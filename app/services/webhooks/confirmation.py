"""A receiver confirms that it wants events: we send a link, it follows the link, then the webhook works (A14).

What waits for it is off if it has never worked, so nothing is kept for it, and paused if it had worked
before and its address changed, so that its events are held (docs/decisions/confirmation.md).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.actor import RECEIVER, Actor
from app.core.digests import digest_of
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import Attempt, Confirmation, Webhook
from app.models.confirmation import CONFIRMATION, VALID_FOR
from app.models.webhook import OFF, ON, PAUSED, STOPPED, UNCONFIRMED
from app.services.webhooks import changes
from app.services.webhooks.finding import find
from app.services.webhooks.holding import GO_ON, hold_waiting
from app.services.webhooks.probe import ask_to_confirm
from app.services.webhooks.settings import touch
from app.services.webhooks.state import set_state

CONFIRMED, ALREADY, EXPIRED, OUTDATED, UNKNOWN = "confirmed", "already", "expired", "outdated", "unknown"


@dataclass(frozen=True, slots=True)
class Followed:
    """What following a link came to, and the moment that belongs to it: when it was used, or expired."""

    outcome: str
    at: datetime | None = None


def ask(space_id: str, webhook_id: str) -> Attempt:
    """Send a new link to the webhook's address and return the try; the links before it no longer count.

    Raises `NotFound`, or `Conflict` if the webhook needs no confirmation.
    """
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        webhook = find(space_id, webhook_id)
        if webhook.verification != CONFIRMATION:
            raise Conflict("no_confirmation", _("This webhook asks for no confirmation."))
        if not webhook.must_confirm:
            raise Conflict("already_confirmed", _("The receiver has confirmed this address."))
        retire_links(session, webhook)
        link = Confirmation(
            space_id=space_id,
            webhook_id=webhook.id,
            token_hash=digest_of(token),
            url=webhook.url,
            expires_at=utc_now() + VALID_FOR,
        )
        session.add(link)
        session.flush()
        changes.record(session, webhook, changes.ASKED, [changes.detail("url", None, webhook.url)])
        link_id, expires_at = link.id, link.expires_at
    attempt = ask_to_confirm(find(space_id, webhook_id), link_address(token), token, expires_at)
    with transaction() as session:
        result = {"status": attempt.status, "reason": attempt.reason}
        session.execute(update(Confirmation).where(Confirmation.id == link_id).values(result))
    return attempt


def has_link(webhook_id: str) -> bool:
    """True if a link has arrived that may still be followed."""
    found = db.session().scalar(
        select(Confirmation.id)
        .where(
            Confirmation.webhook_id == webhook_id,
            Confirmation.replaced_at.is_(None),
            Confirmation.used_at.is_(None),
            Confirmation.reason.is_(None),
            Confirmation.expires_at > utc_now(),
        )
        .limit(1)
    )
    return found is not None


def link_address(token: str) -> str:
    """The link that the receiver follows."""
    return f"{current_app.config['SETTINGS'].base_url}/confirm/{token}"


def follow(token: str, address: str) -> Followed:
    """Somebody followed a link, from that network address. If the link counts, a webhook that is active works now.

    Following it again changes nothing and says so: receivers repeat what they think was lost.
    """
    with transaction() as session:
        link = session.scalar(select(Confirmation).where(Confirmation.token_hash == digest_of(token)))
        webhook = _locked(session, link.webhook_id) if link else None
        if link is None or webhook is None or webhook.deleted_at is not None:
            return Followed(UNKNOWN)
        session.refresh(link)  # another who follows it was perhaps quicker
        refused = _why_refused(link, webhook)
        if refused is None:
            link.used_at = utc_now()
            _confirm(session, webhook, address)
    if refused is None:
        current_app.extensions["doorbell"].ring()
    return refused or Followed(CONFIRMED)


def wait(session: Session, webhook: Webhook) -> None:
    """A webhook that is to work waits for its confirmation, within the caller's transaction; then `ask`."""
    was = webhook.state
    set_state(session, webhook, OFF if was == OFF else PAUSED, changes.WAITS, reason=UNCONFIRMED)
    if was == ON:
        # It goes on where it was, with what happened meanwhile: nobody switched it off.
        webhook.lane.held_order = GO_ON
        hold_waiting(session, webhook.id)


def after_edit(session: Session, webhook: Webhook, url_before: str, verification_before: str) -> bool:
    """An edit may need a new confirmation, or none any more. True: `ask` after the transaction."""
    if webhook.verification != CONFIRMATION:
        retire_links(session, webhook)
        webhook.confirmed_at = None
        if webhook.state_reason == UNCONFIRMED:
            webhook.state_reason = None
        return False
    if webhook.url == url_before and verification_before == CONFIRMATION:
        return False
    retire_links(session, webhook)
    webhook.confirmed_at = None
    if webhook.state == ON:
        wait(session, webhook)
    return webhook.state != STOPPED


def retire_links(session: Session, webhook: Webhook) -> None:
    """The links that were sent so far no longer count."""
    session.execute(
        update(Confirmation)
        .where(Confirmation.webhook_id == webhook.id, Confirmation.replaced_at.is_(None))
        .values(replaced_at=utc_now())
    )


def _locked(session: Session, webhook_id: str) -> Webhook | None:
    return session.get(Webhook, webhook_id, populate_existing=True, with_for_update=True)


def _why_refused(link: Confirmation, webhook: Webhook) -> Followed | None:
    if link.used_at is not None and not webhook.must_confirm and webhook.url == link.url:
        return Followed(ALREADY, link.used_at)
    if link.used_at is not None or link.replaced_at is not None or not webhook.must_confirm:
        return Followed(OUTDATED)
    return Followed(EXPIRED, link.expires_at) if link.expires_at <= utc_now() else None


def _confirm(session: Session, webhook: Webhook, address: str) -> None:
    by = Actor(RECEIVER, webhook.url[:254], address=address)
    changes.record(session, webhook, changes.CONFIRMED, by=by)
    webhook.confirmed_at = utc_now()
    if webhook.state_reason == UNCONFIRMED:
        ordered = webhook.lane.held_order
        set_state(session, webhook, ON, changes.TURNED_ON)
        webhook.lane.begin_anew()
        webhook.lane.held_order = ordered
    touch(webhook)
