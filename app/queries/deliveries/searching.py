"""The deliveries that a search means: those of the newest events that it finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false

from app.core.ids import first_id
from app.models import Delivery
from app.queries.search.events import FoundEvents, Window, find_event_ids

_DELIVERY = "dlv_"


@dataclass(frozen=True, slots=True)
class Searched:
    """Which deliveries; `end`: the id (as of a delivery) before which there may be more, None if these are all.

    `event_ids`: the events that were found, newest first, also those without a delivery and those before `since`.
    """

    condition: ColumnElement[bool]
    end: str | None = None
    event_ids: Sequence[str] = ()


def searched(
    space_id: str, q: str, since: datetime | None, until: datetime | None, before: str | None
) -> Searched:
    """What belongs to the first of the events that are found or, if `before` (a delivery) is not among that, the next.

    A delivery has a later id than its event, so that what is before a delivery belongs to events before it.
    """
    if q.startswith(_DELIVERY):
        return Searched(Delivery.id == q)
    found = find_event_ids(space_id, q, Window(until=until))
    if before is not None and (end := _end(found, since)) is not None and before <= end:
        found = find_event_ids(space_id, q, Window(until=until, before=f"evt_{before[4:]}"))
    condition: Any = Delivery.event_id.in_(found.ids) if found.ids else false()
    return Searched(condition, _end(found, since), found.ids)


def _end(found: FoundEvents, since: datetime | None) -> str | None:
    if not found.more:
        return None
    end = _DELIVERY + found.ids[-1][4:]
    return end if since is None or end > first_id("dlv", since) else None
