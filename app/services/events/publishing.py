"""Publish: store an event and one delivery per webhook that wants it, all or nothing (F1).

Nothing is sent here. What returns is committed; the workers are told afterwards.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from app.core.errors import Conflict
from app.core.extensions import db
from app.core.ids import new_id
from app.core.times import from_ms, ms_of, now_ms
from app.ledger.store import EventStore, NewDelivery, NewEvent, WantedRow, storing
from app.models.condition import Condition, conditions_from, why_not_wanted
from app.models.delivery import HELD, PENDING
from app.models.webhook import ON
from app.services.events.schema import CheckedEvent, EventIn, check_events


@dataclass(frozen=True, slots=True)
class Published:
    """What the publisher gets back; `replayed` if the idempotency key had been used for it before."""

    id: str
    type: str
    created_at: datetime
    deliveries: int
    replayed: bool = False


class _Wanting(NamedTuple):
    """A webhook that subscribed to an event type; `status`: of its deliveries, pending or held."""

    id: str
    status: str
    projects: Sequence[str]
    conditions: Sequence[Condition]
    ordered: bool

    def gets(self, item: EventIn) -> bool:
        """True if it wants this very event."""
        if not self.projects and not self.conditions:
            return True
        return why_not_wanted(self.projects, self.conditions, item.project_id, item.data) is None


def publish(space_id: str, items: Sequence[Mapping[str, Any]], batch: bool = False) -> list[Published]:
    """Store events for a space, all or none; returns one `Published` each, in order.

    Raises `Invalid` (with fields such as `type`, or `events.3.type` for a batch) and `Conflict`
    ("idempotency_key_reused") if a key was used before for a different event.
    """
    checked = check_events(space_id, items, batch)
    if db.session.registry.has():
        db.session.commit()  # ends what this request read before, so that it sees what is stored now
    try:
        published = _store(space_id, checked)
    except IntegrityError:
        # Another request stored the same idempotency key between our look and our insert: look again.
        published = _store(space_id, checked)
    if any(p.deliveries and not p.replayed for p in published):
        current_app.extensions["doorbell"].ring()
    return published


def _store(space_id: str, checked: Sequence[CheckedEvent]) -> list[Published]:
    with storing(db.engine) as store:
        known = _known_keys(store, space_id, checked)
        fresh = [c for c in checked if c.item.idempotency_key not in known]
        stored = iter(_insert(store, space_id, fresh) if fresh else ())
        return [known.get(c.item.idempotency_key) or next(stored) for c in checked]


def _known_keys(
    store: EventStore, space_id: str, checked: Sequence[CheckedEvent]
) -> dict[str | None, Published]:
    """Earlier events under the same keys. Raises `Conflict` if one of them was a different event."""
    hashes = {key: c.request_hash for c in checked if (key := c.item.idempotency_key)}
    known: dict[str | None, Published] = {}
    for row in store.known(space_id, hashes.keys()) if hashes else ():
        if row.request_hash != hashes[row.idempotency_key]:
            said = _(
                "The idempotency key “%(key)s” was used before for a different event.",
                key=row.idempotency_key,
            )
            raise Conflict("idempotency_key_reused", said)
        created_at = from_ms(row.created_at)
        known[row.idempotency_key] = Published(row.id, row.type, created_at, row.deliveries_count, True)
    return known


def _insert(store: EventStore, space_id: str, fresh: Sequence[CheckedEvent]) -> list[Published]:
    wanted = _wanted(store, space_id, {c.item.type for c in fresh})
    now = now_ms()
    events: list[NewEvent] = []
    deliveries: list[NewDelivery] = []
    for c in fresh:
        to = [w for w in wanted.get(c.item.type, ()) if w.gets(c.item)]
        event = _event_row(c, len(to), now)
        events.append(event)
        deliveries += [NewDelivery(new_id("dlv"), event.id, w.id, w.status, w.ordered) for w in to]
    store.insert(space_id, events, deliveries, now)
    created_at = from_ms(now)
    return [Published(event.id, event.type, created_at, event.deliveries_count) for event in events]


def _wanted(store: EventStore, space_id: str, types: set[str]) -> dict[str, list[_Wanting]]:
    """Per event type the webhooks that want it."""
    wanted = defaultdict(list)
    for row in store.wanted(space_id, types):
        wanted[row.event_type].append(_wanting(row))
    return wanted


def _wanting(row: WantedRow) -> _Wanting:
    status = PENDING if row.state == ON else HELD
    projects = () if row.projects == "[]" else json.loads(row.projects)
    conditions = () if row.conditions == "[]" else conditions_from(json.loads(row.conditions))
    return _Wanting(row.webhook_id, status, projects, conditions, bool(row.ordered))


def _event_row(c: CheckedEvent, deliveries: int, now: int) -> NewEvent:
    item = c.item
    return NewEvent(
        id=new_id("evt"),
        type=item.type,
        data=c.data,
        object_id=item.object_id,
        project_id=item.project_id,
        actor_id=item.actor_id,
        occurred_at=ms_of(item.occurred_at) if item.occurred_at else now,
        deliveries_count=deliveries,
        idempotency_key=item.idempotency_key,
        request_hash=c.request_hash,
    )
