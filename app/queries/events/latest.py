"""Which of the latest events a webhook with these settings would have got (A6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select, union_all

from app.core.exact_json import stored
from app.core.extensions import db
from app.models import Event
from app.models.condition import Condition, why_not_wanted

LATEST = 100
# Longer data is not read for a preview: a hundred times the largest would be 100 MB.
MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Judged:
    """An event. `why_not`: as `conditions.why_not_wanted` says, too_large (not judged here), or None: sent."""

    id: str
    type: str
    object_id: str | None
    at: datetime
    why_not: str | None
    data: Any = None

    @property
    def sent(self) -> bool:
        """True if the webhook would have got it."""
        return self.why_not is None


def judge_latest(
    space_id: str, types: Sequence[str], projects: Sequence[str], conditions: Sequence[Condition]
) -> list[Judged]:
    """The latest 100 events of these types in the space, newest first. One statement along an index."""
    if not types:
        return []
    newest = [
        select(
            select(Event.id)
            .where(Event.space_id == space_id, Event.type == key)
            .order_by(Event.id.desc())
            .limit(LATEST)
            .subquery()
        )
        for key in types
    ]
    ids = union_all(*newest).subquery()
    short = case((func.length(Event.data) <= MOST_BYTES, Event.data)).label("data")
    rows = db.session().execute(
        select(Event.id, Event.type, Event.object_id, Event.project_id, Event.created_at, short)
        .where(Event.id.in_(select(ids.c.id)))
        .order_by(Event.id.desc())
        .limit(LATEST)
    )
    return [_judged(row, projects, conditions) for row in rows]


def _judged(row: Any, projects: Sequence[str], conditions: Sequence[Condition]) -> Judged:
    data = stored(row.data) if row.data is not None else None
    known = conditions if data is not None else ()
    why_not = why_not_wanted(projects, known, row.project_id, data)
    if why_not is None and data is None and conditions:
        why_not = "too_large"
    return Judged(row.id, row.type, row.object_id, row.created_at, why_not, data)
