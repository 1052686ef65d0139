"""Recoveries of a space, newest first, and one of them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.core.extensions import db
from app.models import Recovery, Webhook

PAGE = 25


@dataclass(frozen=True, slots=True)
class RecoveryPage:
    """One page; `next_id` is where the page of older ones begins, None on the last."""

    rows: list[tuple[Recovery, Webhook]]
    next_id: str | None


def recoveries_of(
    space_id: str, before: str | None = None, limit: int = PAGE, webhook_id: str | None = None
) -> RecoveryPage:
    """Recoveries with their webhooks, older than the one whose id is `before`."""
    query = select(Recovery, Webhook).join(Webhook, Webhook.id == Recovery.webhook_id)
    query = query.where(Recovery.space_id == space_id)
    if webhook_id:
        query = query.where(Recovery.webhook_id == webhook_id)
    if before:
        query = query.where(Recovery.id < before)
    found = [
        (row[0], row[1]) for row in _session().execute(query.order_by(Recovery.id.desc()).limit(limit + 1))
    ]
    return RecoveryPage(found[:limit], found[limit - 1][0].id if len(found) > limit else None)


def find_recovery(space_id: str, recovery_id: str) -> Recovery:
    """One recovery of the space, as it stands now. Raises `NotFound`."""
    query = select(Recovery).where(Recovery.id == recovery_id, Recovery.space_id == space_id)
    found = _session().scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def under_way() -> list[str]:
    """Ids of all recoveries that something is still to be done for, the oldest first."""
    # The very words of the partial index: only then it serves.
    going_on = text("recovery.state in ('running', 'stopping')")
    query = select(Recovery.id).where(going_on).order_by(Recovery.id)
    return list(_session().scalars(query))


def _session() -> Session:
    return db.session()
