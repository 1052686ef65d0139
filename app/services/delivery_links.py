"""Links to one delivery for people without a log-in: give one, take it back, follow it (C11)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from app.audit.actions import LINK_GIVEN, LINK_REVOKED
from app.audit.differences import detail
from app.audit.subject import DELIVERY, Subject
from app.core.acting import acting
from app.core.digests import digest_of
from app.core.errors import FieldError, Invalid, NotFound
from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import Delivery, DeliveryLink
from app.services.auditing import note

# How long one may work, in days: long enough for a developer's week, short enough to be forgotten safely.
DAYS = (1, 7, 30)
LONGEST_TOKEN = 100


@dataclass(frozen=True, slots=True)
class GivenLink:
    """A new link and its token, which is shown once and not kept."""

    link: DeliveryLink
    token: str


def give(space_id: str, delivery_id: str, days: int) -> GivenLink:
    """A link that works for `days` (one of `DAYS`). Raises `Invalid`, or `NotFound`."""
    if days not in DAYS:
        raise Invalid([FieldError("days", _("Choose how long the link works."))])
    token = secrets.token_urlsafe(32)
    now = utc_now()
    with transaction() as session:
        there = select(Delivery.id).where(Delivery.id == delivery_id, Delivery.space_id == space_id)
        if session.scalar(there) is None:
            raise NotFound
        link = DeliveryLink(
            space_id=space_id,
            delivery_id=delivery_id,
            token_hash=digest_of(token),
            created_by=acting().name[:254],
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        session.add(link)
        session.flush()
        what = [
            detail("link.id", None, link.id),
            detail("link.expires_at", None, link.expires_at.isoformat()),
        ]
        note(session, space_id, LINK_GIVEN, Subject(DELIVERY, delivery_id), what)
        session.refresh(link)
    return GivenLink(link, token)


def revoke(space_id: str, delivery_id: str, link_id: str) -> None:
    """End a link at once. Raises `NotFound`."""
    with transaction() as session:
        link = session.scalar(
            select(DeliveryLink).where(
                DeliveryLink.id == link_id,
                DeliveryLink.delivery_id == delivery_id,
                DeliveryLink.space_id == space_id,
            )
        )
        if link is None:
            raise NotFound
        if link.revoked_at is None:
            link.revoked_at = utc_now()
            what = [detail("link.id", link.id, None)]
            note(session, space_id, LINK_REVOKED, Subject(DELIVERY, delivery_id), what)


def follow(token: str) -> DeliveryLink | None:
    """The link with this token, working or not; None if there is none. That one was opened is kept with it.

    It is looked up by its hash: how long a miss takes says nothing about any link.
    """
    if len(token) > LONGEST_TOKEN:
        return None
    digest = digest_of(token)
    query = select(DeliveryLink).where(DeliveryLink.token_hash == digest)
    link = db.session.scalar(query)
    if link is None or not link.is_open(utc_now()):
        return link
    with transaction() as session:
        session.refresh(link)
        link.opened_count += 1
        link.last_opened_at = utc_now()
        session.flush()
        session.refresh(link)
    return link
