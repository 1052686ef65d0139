"""Incoming webhooks as lists and pages need them, and the log of their calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core.extensions import db
from app.models import ApiKey, IncomingCall, IncomingWebhook, Membership, Person

PAGE = 50
CALLS = 25


@dataclass(frozen=True, slots=True)
class IncomingPage:
    """One page of a space's incoming webhooks, oldest first; `next_cursor` None on the last.

    makers: by id of an incoming webhook whom it acts for; gone: of which that person has left the space.
    """

    webhooks: list[IncomingWebhook]
    makers: dict[str, str]
    gone: frozenset[str]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class CallPage:
    """One page of calls, newest first; `next_cursor` None on the last."""

    calls: Sequence[IncomingCall]
    next_cursor: str | None = None


def page_of_incoming_webhooks(space_id: str, after: str | None = None, limit: int = PAGE) -> IncomingPage:
    """The incoming webhooks of a space after the one whose id is `after`. Two queries."""
    query = select(IncomingWebhook).where(
        IncomingWebhook.space_id == space_id, IncomingWebhook.deleted_at.is_(None)
    )
    if after:
        query = query.where(IncomingWebhook.id > after)
    found = list(db.session.scalars(query.order_by(IncomingWebhook.id).limit(limit + 1)))
    page = found[:limit]
    makers, gone = makers_of(page)
    return IncomingPage(page, makers, gone, page[-1].id if len(found) > limit else None)


def makers_of(webhooks: Sequence[IncomingWebhook]) -> tuple[dict[str, str], frozenset[str]]:
    """Whom each acts for: an e-mail address, or the name of a key; and which have nobody any more."""
    if not webhooks:
        return {}, frozenset()
    rows = db.session.execute(
        select(IncomingWebhook.id, Person.email, ApiKey.name, ApiKey.revoked_at, Membership.role_id)
        .outerjoin(Person, Person.id == IncomingWebhook.person_id)
        .outerjoin(ApiKey, ApiKey.id == IncomingWebhook.api_key_id)
        .outerjoin(
            Membership,
            (Membership.person_id == IncomingWebhook.person_id)
            & (Membership.space_id == IncomingWebhook.space_id),
        )
        .where(IncomingWebhook.id.in_([webhook.id for webhook in webhooks]))
    ).all()
    makers = {row[0]: row[1] or row[2] or "" for row in rows}
    gone = {row[0] for row in rows if (row[1] and row[4] is None) or (row[2] and row[3] is not None)}
    return makers, frozenset(gone)


def page_of_calls(incoming_webhook_id: str, before: str | None = None, limit: int = CALLS) -> CallPage:
    """The newest calls before the one whose id is `before`. One query, by key."""
    query = select(IncomingCall).where(IncomingCall.incoming_webhook_id == incoming_webhook_id)
    if before:
        query = query.where(IncomingCall.id < before)
    found = list(db.session.scalars(query.order_by(IncomingCall.id.desc()).limit(limit + 1)))
    return CallPage(found[:limit], found[limit - 1].id if len(found) > limit else None)


def newest_call(incoming_webhook_id: str) -> str:
    """The id of the newest call; empty if nobody has called yet."""
    query = select(IncomingCall.id).where(IncomingCall.incoming_webhook_id == incoming_webhook_id)
    return db.session.scalar(query.order_by(IncomingCall.id.desc()).limit(1)) or ""
