"""Publish: store an event and one delivery per webhook that wants it, in one transaction (F1).

Nothing is sent here. What returns is committed; the workers are told afterwards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import Table, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.delivery.conditions import Condition, conditions_from, why_not_wanted
from app.models import Delivery, Event, Subscription, Tally, Webhook
from app.models.base import new_id, utc_now
from app.models.delivery import HELD, PENDING
from app.models.roll_up import hour_of
from app.models.webhook import OFF, ON
from app.services.errors import Conflict
from app.services.event_input import CheckedEvent, EventIn, check_events
from app.services.event_types import catalogue_of
from app.services.transaction import transaction

# Plain tables: rows are inserted many at a time, without objects.
EVENT, DELIVERY, TALLY = (cast(Table, model.__table__) for model in (Event, Delivery, Tally))


@dataclass(frozen=True, slots=True)
class Published:
    """What the publisher gets back; `replayed` if the idempotency key had been used for it before."""

    id: str
    type: str
    created_at: datetime
    deliveries: int
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class _Wanting:
    """A webhook that subscribed to an event type, and is not off."""

    id: str
    state: str
    projects: Sequence[str]
    conditions: Sequence[Condition]

    def gets(self, item: EventIn) -> bool:
        """True if it wants this very event."""
        return why_not_wanted(self.projects, self.conditions, item.project_id, item.data) is None


def publish(space_id: str, items: Sequence[Mapping[str, Any]], batch: bool = False) -> list[Published]:
    """Store events for a space, all or none; returns one `Published` each, in order.

    Raises `Invalid` (with fields such as `type`, or `events.3.type` for a batch) and `Conflict`
    ("idempotency_key_reused") if a key was used before for a different event.
    """
    checked = check_events(catalogue_of(space_id), items, batch)
    try:
        published = _store(space_id, checked)
    except IntegrityError:
        # Another request stored the same idempotency key between our look and our insert: look again.
        published = _store(space_id, checked)
    if any(p.deliveries and not p.replayed for p in published):
        current_app.extensions["doorbell"].ring()
    return published


def _store(space_id: str, checked: Sequence[CheckedEvent]) -> list[Published]:
    with transaction() as session:
        known = _known_keys(session, space_id, checked)
        fresh = [c for c in checked if c.item.idempotency_key not in known]
        wanted = _wanted(session, space_id, {c.item.type for c in fresh})
        stored = iter(_insert(session, space_id, fresh, wanted))
        return [known.get(c.item.idempotency_key) or next(stored) for c in checked]


def _known_keys(
    session: Session, space_id: str, checked: Sequence[CheckedEvent]
) -> dict[str | None, Published]:
    """Earlier events under the same keys. Raises `Conflict` if one of them was a different event."""
    hashes: dict[str | None, bytes | None] = {
        c.item.idempotency_key: c.request_hash for c in checked if c.item.idempotency_key
    }
    if not hashes:
        return {}
    rows = session.execute(
        select(
            Event.idempotency_key,
            Event.request_hash,
            Event.id,
            Event.type,
            Event.created_at,
            Event.deliveries_count,
        ).where(Event.space_id == space_id, Event.idempotency_key.in_(hashes))
    ).all()
    for row in rows:
        if row.request_hash != hashes[row.idempotency_key]:
            raise Conflict(
                "idempotency_key_reused",
                _(
                    "The idempotency key “%(key)s” was used before for a different event.",
                    key=row.idempotency_key,
                ),
            )
    return {
        row.idempotency_key: Published(row.id, row.type, row.created_at, row.deliveries_count, replayed=True)
        for row in rows
    }


def _wanted(session: Session, space_id: str, types: set[str]) -> dict[str, list[_Wanting]]:
    """Per event type the webhooks that want it. Off ones want nothing."""
    rows = session.execute(
        select(Subscription.event_type, Webhook.id, Webhook.state, Webhook.projects, Webhook.conditions)
        .join(Webhook, Webhook.id == Subscription.webhook_id)
        .where(
            Subscription.space_id == space_id,
            Subscription.event_type.in_(types),
            Webhook.state != OFF,
            Webhook.deleted_at.is_(None),
        )
    ).all()
    wanted = defaultdict(list)
    for row in rows:
        wanted[row.event_type].append(
            _Wanting(row.id, row.state, row.projects, conditions_from(row.conditions))
        )
    return wanted


def _insert(
    session: Session, space_id: str, fresh: Sequence[CheckedEvent], wanted: Mapping[str, list[_Wanting]]
) -> list[Published]:
    """Events, their deliveries and the counts: one statement each, however many there are."""
    now = utc_now()
    events: list[dict[str, Any]] = []
    deliveries: list[dict[str, Any]] = []
    for c in fresh:
        event = _event_row(space_id, c, now)
        to = [w for w in wanted.get(c.item.type, ()) if w.gets(c.item)]
        event["deliveries_count"] = len(to)
        events.append(event)
        deliveries += [_delivery_row(event, w, now) for w in to]
    if events:
        session.execute(insert(EVENT), events)
    if deliveries:
        session.execute(insert(DELIVERY), deliveries)
        session.execute(insert(TALLY), _tally_rows(deliveries, now))
    return [Published(e["id"], e["type"], now, e["deliveries_count"]) for e in events]


def _event_row(space_id: str, c: CheckedEvent, now: datetime) -> dict[str, Any]:
    item = c.item
    return {
        "id": new_id("evt"),
        "space_id": space_id,
        "type": item.type,
        "data": c.data,
        "object_id": item.object_id,
        "project_id": item.project_id,
        "actor_id": item.actor_id,
        "occurred_at": item.occurred_at or now,
        "created_at": now,
        "idempotency_key": item.idempotency_key,
        "request_hash": c.request_hash,
    }


def _delivery_row(event: Mapping[str, Any], webhook: _Wanting, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id("dlv"),
        "space_id": event["space_id"],
        "event_id": event["id"],
        "webhook_id": webhook.id,
        "event_type": event["type"],
        "status": PENDING if webhook.state == ON else HELD,
        "due_at": now,
        "created_at": now,
    }


def _tally_rows(deliveries: Sequence[Mapping[str, Any]], now: datetime) -> list[dict[str, Any]]:
    hour = hour_of(now)
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for d in deliveries:
        counts[d["webhook_id"]][0] += 1
        counts[d["webhook_id"]][1] += d["status"] == HELD
    return [
        {"webhook_id": webhook_id, "hour": hour, "triggered": triggered, "held": held}
        for webhook_id, (triggered, held) in counts.items()
    ]
