"""The checks of a receiver, newest first, and what is known of its certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core.errors import NotFound
from app.core.extensions import db
from app.models import ReceiverCheck, ReceiverWatch


@dataclass(frozen=True, slots=True)
class CheckPage:
    """One page of checks; `next_id` is where the page of older ones begins, None on the last."""

    checks: Sequence[ReceiverCheck]
    next_id: str | None


def checks_of(space_id: str, webhook_id: str, before: str | None, limit: int) -> CheckPage:
    """Checks of one webhook of the space that are older than the one whose id is `before`."""
    query = select(ReceiverCheck).where(
        ReceiverCheck.webhook_id == webhook_id, ReceiverCheck.space_id == space_id
    )
    if before is not None:
        query = query.where(ReceiverCheck.id < before)
    found = db.session.scalars(
        query.order_by(ReceiverCheck.id.desc()).limit(limit + 1).execution_options(populate_existing=True)
    ).all()
    return CheckPage(found[:limit], found[limit - 1].id if len(found) > limit else None)


def check_of(space_id: str, webhook_id: str, check_id: str) -> ReceiverCheck:
    """One check of one webhook of the space. Raises `NotFound`."""
    check = db.session.get(ReceiverCheck, check_id, populate_existing=True)
    if check is None or (check.space_id, check.webhook_id) != (space_id, webhook_id):
        raise NotFound
    return check


def watch_of(space_id: str, webhook_id: str) -> ReceiverWatch | None:
    """What is looked at by itself at the webhook's receiver; None if nothing was yet."""
    watch = db.session.get(ReceiverWatch, webhook_id, populate_existing=True)
    return watch if watch is not None and watch.space_id == space_id else None
