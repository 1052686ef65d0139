"""Moves of a recovery: order a few more deliveries of a webhook, make those that never were, take back what waits.

Each locks the webhook's lane first and looks at the rows under that lock: of two recoveries at once only the first
finds a delivery failed, so nothing is sent twice.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, text, update
from sqlalchemy.orm import Session

from app.core.ids import new_id
from app.core.times import from_ms, now_ms
from app.ledger.counters import count
from app.ledger.lanes import lock_lane
from app.models import Delivery, Event, Webhook
from app.models.delivery import CANCELLED, FAILED, HELD, PENDING, SUCCEEDED

# What a delivery was before it was ordered, if not one of the statuses: made for the recovery.
MADE = "made"
# The count that a delivery leaves when it is ordered, and comes back to when it is taken back.
_COUNTED_AS = {FAILED: "failed", CANCELLED: "cancelled", HELD: "held"}

# The oldest first, each at a moment of its own. What was held and never tried goes by the schedule, as it would
# have; everything else is a try by hand, and a retry that was planned stays planned.
ORDER = text(
    """
update delivery set status = 'pending', lost_attempts = 0, in_order = :ordered,
  manual = case when status = 'held' and failed_attempts = 0 then manual else :by_hand end,
  resume_at = case when status in ('pending', 'held') and due_at > :now then due_at end,
  due_at = :start + :gap_us * place.number / 1000
from (select id as place_id, row_number() over (order by id) - 1 as number from delivery where id in :ids) place
where delivery.id = place.place_id
"""
).bindparams(bindparam("ids", expanding=True))


class Slots(NamedTuple):
    """When the first of them is due (ms) and how far apart they are (microseconds)."""

    start_ms: int
    gap_us: int


class Ordered(NamedTuple):
    """A delivery that was ordered: what it was, and how many tries it had."""

    id: str
    was: str
    attempts: int


def order_again(
    session: Session,
    webhook: Webhook,
    ids: Sequence[str],
    slots: Slots,
    statuses: Iterable[str] | None = None,
) -> list[Ordered]:
    """Order those of these deliveries that still are to be sent; the others are left as they are.

    statuses: only what has one of these now; None: whatever the receiver has not taken and no worker has in flight.
    """
    lock_lane(session, webhook.id)
    now = now_ms()
    wanted = None if statuses is None else set(statuses)
    going = [row for row in _read(session, webhook.id, ids) if _may_go(row, wanted, now)]
    if going:
        values = {"ids": [row.id for row in going], "start": slots.start_ms, "gap_us": slots.gap_us}
        values |= {"now": now, "ordered": webhook.ordered, "by_hand": True}
        session.execute(ORDER, values)
    for status, n in Counter(row.status for row in going).items():
        if name := _COUNTED_AS.get(status):
            count(session, webhook.id, **{name: -n})
    return [Ordered(row.id, row.status, row.attempts_count) for row in going]


def make_and_order(
    session: Session, webhook: Webhook, event_ids: Sequence[str], slots: Slots
) -> list[Ordered]:
    """Make the deliveries of these events that the webhook has none of, in the order of the events."""
    lock_lane(session, webhook.id)
    there = select(Delivery.event_id).where(
        Delivery.event_id.in_(event_ids), Delivery.webhook_id == webhook.id
    )
    known = set(session.scalars(there))
    events = session.execute(
        select(Event.id, Event.type, Event.space_id)
        .where(Event.id.in_([one for one in event_ids if one not in known]))
        .order_by(Event.id)
    ).all()
    rows = [_new_row(webhook, event, slots, number) for number, event in enumerate(events)]
    if rows:
        session.execute(insert(Delivery), rows)
        count(session, webhook.id, triggered=len(rows))
    return [Ordered(row["id"], MADE, 0) for row in rows]


def take_back(session: Session, webhook_id: str, items: Iterable[tuple[str, str]]) -> list[str]:
    """Make of deliveries that wait, and that no worker has in flight, what they were; returns their ids.

    items: (delivery, what it was). One that was made for the recovery goes as if it had never been.
    """
    lock_lane(session, webhook_id)
    by_status: dict[str, list[str]] = defaultdict(list)
    for delivery_id, was in items:
        by_status[was].append(delivery_id)
    taken: list[str] = []
    for was, ids in by_status.items():
        waiting = _waiting(session, webhook_id, ids)
        _put_back(session, webhook_id, was, waiting)
        taken += waiting
    return taken


def _read(session: Session, webhook_id: str, ids: Sequence[str]) -> Sequence[Any]:
    columns = (Delivery.id, Delivery.status, Delivery.was_delivered, Delivery.in_flight, Delivery.due_at)
    return session.execute(
        select(*columns, Delivery.attempts_count, Delivery.manual)
        .where(Delivery.id.in_(ids), Delivery.webhook_id == webhook_id)
        .order_by(Delivery.id)
    ).all()


def _may_go(row: Any, statuses: set[str] | None, now: int) -> bool:
    if row.in_flight or row.status == SUCCEEDED or row.was_delivered:
        return False
    if row.status == PENDING:  # one that is about to be sent needs no order
        return statuses is None and not row.manual and row.due_at > from_ms(now)
    return statuses is None or row.status in statuses


def _new_row(webhook: Webhook, event: Any, slots: Slots, number: int) -> dict[str, Any]:
    return {
        "id": new_id("dlv"),
        "space_id": event.space_id,
        "event_id": event.id,
        "webhook_id": webhook.id,
        "event_type": event.type,
        "due_at": from_ms(slots.start_ms + slots.gap_us * number // 1000),
        "in_order": webhook.ordered,
    }


def _waiting(session: Session, webhook_id: str, ids: Sequence[str]) -> list[str]:
    rows = session.execute(
        select(Delivery.id, Delivery.in_flight).where(
            Delivery.id.in_(ids), Delivery.webhook_id == webhook_id, Delivery.status == PENDING
        )
    )
    return [row.id for row in rows if not row.in_flight]


def _put_back(session: Session, webhook_id: str, was: str, ids: Sequence[str]) -> None:
    if not ids:
        return
    if was == MADE:
        session.execute(delete(Delivery).where(Delivery.id.in_(ids)))
        count(session, webhook_id, triggered=-len(ids))
        return
    due: dict[str, Any] = {"due_at": Delivery.resume_at} if was == PENDING else {}
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids))
        .values(status=was, manual=False, resume_at=None, **due)
        .execution_options(synchronize_session=False)
    )
    if name := _COUNTED_AS.get(was):
        count(session, webhook_id, **{name: len(ids)})
