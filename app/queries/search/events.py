"""Which events somebody means: by an id, by the record, or by the keys of their data (C6).

Events whose keys were not taken yet, because they are seconds old, are found by their ids.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.extensions import db
from app.core.times import ms_of
from app.ledger.search import first_place_at, place_of, search_index, tag_of
from app.models import Attempt, Delivery, Event
from app.models.search_keys import wanted_by
from app.queries.spaces import belongs_to

# So many events of a search are looked at for a page.
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class FoundEvents:
    """Ids, newest first. `more`: there are older ones, which have ids lower than the last."""

    ids: list[str]
    more: bool


@dataclass(frozen=True, slots=True)
class Window:
    """Events from `since` to before `until`, with ids lower than `before`."""

    since: datetime | None = None
    until: datetime | None = None
    before: str | None = None

    @property
    def low(self) -> int:
        """The lowest place."""
        return first_place_at(ms_of(self.since)) if self.since else 0

    @property
    def high(self) -> int:
        """Lower than this are all places."""
        places = [first_place_at(ms_of(self.until))] if self.until else []
        if self.before and (place := place_of(self.before)) is not None:
            places.append(place + 1)  # an event of the same place may have a lower id
        return min(places, default=2**63 - 1)

    def holds(self, event_id: str) -> bool:
        """True if the event is inside."""
        place = place_of(event_id)
        inside = place is None or self.low <= place < self.high
        return inside and not (self.before and event_id >= self.before)


def find_event_ids(space_id: str, typed: str, window: Window = Window(), limit: int = AT_ONCE) -> FoundEvents:
    """The newest events of the space that somebody means who typed this."""
    typed = typed.replace("\0", "").strip()
    if not typed:
        return FoundEvents([], more=False)
    if (named := _named(space_id, typed)) is not None:
        return FoundEvents([one for one in named if window.holds(one)], more=False)
    by_record = _by_record(space_id, typed, window, limit + 1)
    by_keys = _by_keys(space_id, typed, window, limit + 1)
    ids = sorted({*by_record, *by_keys}, reverse=True)
    return FoundEvents(ids[:limit], more=len(ids) > limit)


def _named(space_id: str, typed: str) -> list[str] | None:
    """The event of an identifier of ours; None if it is none."""
    if typed.startswith("evt_"):
        query = select(Event.id).where(Event.id == typed, belongs_to(Event.space_id, space_id))
    elif typed.startswith("dlv_"):
        query = select(Delivery.event_id).where(Delivery.id == typed, belongs_to(Delivery.space_id, space_id))
    elif typed.startswith("att_"):
        query = (
            select(Delivery.event_id)
            .join(Attempt, Attempt.delivery_id == Delivery.id)
            .where(Attempt.id == typed, belongs_to(Attempt.space_id, space_id))
        )
    else:
        return None
    return list(_session().scalars(query))


def _by_record(space_id: str, typed: str, window: Window, limit: int) -> list[str]:
    query = select(Event.id).where(Event.space_id == space_id, Event.object_id == typed)
    first, last = f"evt_{window.low:016x}", f"evt_{min(window.high, 2**63 - 1):016x}"
    query = query.where(Event.id >= first, Event.id < min(last, window.before or last))
    return list(_session().scalars(query.order_by(Event.id.desc()).limit(limit)))


def _by_keys(space_id: str, typed: str, window: Window, limit: int) -> list[str]:
    wanted = wanted_by(typed)
    if not wanted:
        return []
    session, tag = _session(), tag_of(space_id)
    index = search_index(session)
    places = index.find(session, tag, wanted, window.low, window.high, limit)
    if not places and wanted.wider:
        wider = replace(wanted, words=(), others=wanted.wider)
        places = index.find(session, tag, wider, window.low, window.high, limit)
    ids = index.ids_at(session, space_id, places) if places else []
    return [one for one in ids if window.holds(one)]


def _session() -> Session:
    return db.session()
