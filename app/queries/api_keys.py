"""API keys, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core.extensions import db
from app.models import ApiKey


@dataclass(frozen=True, slots=True)
class KeysPage:
    """One page of keys; `next_id` is where the page of older ones begins, None on the last."""

    keys: Sequence[ApiKey]
    next_id: str | None


def page_of_keys(space_id: str, before: str | None, limit: int) -> KeysPage:
    """Keys that were not revoked, newest first, made before the one whose id is `before`."""
    query = select(ApiKey).where(ApiKey.space_id == space_id, ApiKey.revoked_at.is_(None))
    if before:
        query = query.where(ApiKey.id < before)
    found = db.session().scalars(query.order_by(ApiKey.id.desc()).limit(limit + 1)).all()
    return KeysPage(found[:limit], found[limit - 1].id if len(found) > limit else None)
