"""Events: lists along an index, searches, one event with where it went and where it did not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, defer

from app.core.errors import NotFound
from app.core.extensions import db
from app.core.ids import first_id
from app.models import Delivery, Event
from app.queries.events.not_sent import NotSent, not_sent
from app.queries.search.events import AT_ONCE, Window, find_event_ids
from app.queries.spaces import belongs_to

# So many events of a search that were sent to no webhook a page names.
UNSENT = 25


@dataclass(frozen=True, slots=True)
class EventFilters:
    """What a list is limited to. `q`: what somebody looks for, as `queries.search` reads it."""

    type: str | None = None
    q: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventDetail:
    """An event, its deliveries in the order they were made, and the webhooks that did not get it."""

    event: Event
    deliveries: list[Delivery]
    not_sent: list[NotSent]


def find_events(
    space_id: str, filters: EventFilters, before: str | None, limit: int
) -> tuple[list[Event], str | None]:
    """Events that match and are older than the one named `before`, newest first; and before which to go on.

    None: there are no more. Of a search a page may be short, or empty, and have others behind it. Their data is not
    read: `previews.data_previews` reads what a list may show of it.
    """
    query = select(Event).options(defer(Event.data, raiseload=True))
    following = None
    if filters.q:
        window = Window(filters.since, filters.until, before)
        found = find_event_ids(space_id, filters.q, window, AT_ONCE if filters.type else limit)
        following = found.ids[-1] if found.more else None
        query = query.where(Event.id.in_(found.ids), belongs_to(Event.space_id, space_id))
    else:
        query = query.where(Event.space_id == space_id, *_range(filters, before))
    if filters.type:
        query = query.where(Event.type == filters.type)
    events = list(_session().scalars(query.order_by(Event.id.desc()).limit(limit + 1)))
    return events[:limit], events[limit - 1].id if len(events) > limit else following


def _range(filters: EventFilters, before: str | None) -> Iterator[ColumnElement[bool]]:
    if filters.since:
        yield Event.id >= first_id("evt", filters.since)
    highest = [before] if before else []
    if filters.until:
        highest.append(first_id("evt", filters.until))
    if highest:
        yield Event.id < min(highest)


def find_unsent(
    space_id: str, among: Sequence[str], filters: EventFilters, limit: int = UNSENT
) -> list[Event]:
    """Those of the events `among` that match and that no webhook took, newest first; their data is not read.

    `filters.q` is not looked at: `among` is what a search for it found.
    """
    if not among:
        return []
    query = select(Event).options(defer(Event.data, raiseload=True))
    query = query.where(
        Event.id.in_(among), belongs_to(Event.space_id, space_id), Event.deliveries_count == 0
    )
    query = query.where(*_range(filters, None))
    if filters.type:
        query = query.where(Event.type == filters.type)
    return list(_session().scalars(query.order_by(Event.id.desc()).limit(limit)))


def deliveries_of(space_id: str, event_ids: Sequence[str]) -> dict[str, list[Delivery]]:
    """Per event its deliveries, in the order they were made."""
    found: dict[str, list[Delivery]] = defaultdict(list)
    if event_ids:
        query = select(Delivery).where(
            Delivery.event_id.in_(event_ids), belongs_to(Delivery.space_id, space_id)
        )
        for delivery in _session().scalars(query.order_by(Delivery.id)):
            found[delivery.event_id].append(delivery)
    return found


def event_detail(space_id: str, event_id: str) -> EventDetail:
    """One event of the space. Raises `NotFound`."""
    event = _session().scalar(select(Event).where(Event.id == event_id, Event.space_id == space_id))
    if event is None:
        raise NotFound
    deliveries = deliveries_of(space_id, [event.id])[event.id]
    return EventDetail(event, deliveries, not_sent(event, {delivery.webhook_id for delivery in deliveries}))


def _session() -> Session:
    return db.session()
