"""What happened when: tries, new reasons and changes of settings in one order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.times import from_ms
from app.models import Attempt, Change
from app.queries.incidents import IncidentDetail


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line. kind: opened, reason, try, left_out, change or closed; it has what belongs to its kind."""

    at: datetime
    kind: str
    attempt: Attempt | None = None
    change: Change | None = None
    reason: Mapping[str, Any] | None = None
    count: int = 0


def timeline_of(detail: IncidentDetail) -> list[TimelineEntry]:
    """Oldest first. The tries between the first and the last ones are one line."""
    return sorted(_happenings(detail), key=lambda one: (one.at, _ORDER[one.kind]))


# What stands first of what happened in the same moment.
_ORDER = {
    kind: place for place, kind in enumerate(("change", "opened", "reason", "try", "left_out", "closed"))
}


def _happenings(detail: IncidentDetail) -> Iterator[TimelineEntry]:
    incident = detail.incident
    yield TimelineEntry(incident.opened_at, "opened")
    for reason in incident.reasons[1:] if len(incident.reasons) > 1 else ():
        yield TimelineEntry(from_ms(reason["first_at"]), "reason", reason=reason)
    for attempt in detail.tries:
        yield TimelineEntry(attempt.started_at, "try", attempt=attempt)
    if detail.left_out and detail.tries:
        middle = detail.tries[(len(detail.tries) - 1) // 2]
        yield TimelineEntry(middle.started_at, "left_out", count=detail.left_out)
    for change in detail.changes:
        yield TimelineEntry(change.at, "change", change=change)
    if incident.closed_at is not None:
        yield TimelineEntry(incident.closed_at, "closed")
