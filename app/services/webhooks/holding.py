"""What waits when a webhook is not on: hold it, send it later, skip it or cancel it (B4).

A webhook may have a million waiting rows, so each call moves at most `STEP` of them in a short
transaction; `settle` goes on from there at every sweep until nothing is left to move.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, select, text, update
from sqlalchemy.orm import Session

from app.core.extensions import db
from app.core.times import from_ms, ms_of, now_ms
from app.core.transaction import transaction
from app.ledger.counters import count
from app.ledger.lanes import lock_lane
from app.models import Delivery, Lane, Webhook
from app.models.delivery import CANCELLED, HELD, PENDING
from app.models.webhook import ON

Step = Callable[[Session, str], int]

STEP = 1000
# What waited comes on top of what happens now, to a receiver that has just come back.
HELD_PER_S = 10
# Sweeps come every three seconds; one that is late must leave no gap.
AHEAD_MS = 6000
# What is done with held events: a person has them sent or skipped, or the webhook goes on by itself.
SEND, SKIP, GO_ON = "send", "skip", "auto"

# The old status stands in the text, not in a parameter: only then the partial index of that status serves.
MOVE = """
update delivery set status = :new
where id in (
  select id from delivery where webhook_id = :webhook_id and status = '{old}'
    and not exists (select 1 from lease where lease.delivery_id = delivery.id)
  order by id limit :step
)
"""

# Each a gap after the one before it; without a gap as old as they are, so that nothing newer goes ahead. What had
# failed before, and whose next attempt is planned for later, is tried now only if a person says so: theirs,
# and the planned one stays planned (as with `deliveries.resend`).
SEND_HELD = """
update delivery set status = 'pending',
  due_at = case when place.early and not :by_hand then due_at else place.slot end,
  resume_at = case when place.early and :by_hand then due_at else resume_at end,
  manual = case when place.early and :by_hand then true else manual end
from (
  select id, slot, failed_attempts > 0 and due_at > slot and due_at > :start as early
  from (
    select id, failed_attempts, due_at,
      case when :gap = 0 then created_at else :start + :gap * (row_number() over (order by id) - 1) end as slot
    from delivery where webhook_id = :webhook_id and status = 'held' order by id limit :capacity
  ) waited
) place
where delivery.id = place.id
"""


def hold_waiting(session: Session, webhook_id: str) -> int:
    """Waiting deliveries become held. Returns how many (at most `STEP`)."""
    return _move(session, webhook_id, PENDING, HELD, held=1)


def cancel_waiting(session: Session, webhook_id: str) -> int:
    """Waiting and held deliveries are cancelled. Returns how many (at most twice `STEP`)."""
    waiting = _move(session, webhook_id, PENDING, CANCELLED, cancelled=1)
    return waiting + _move(session, webhook_id, HELD, CANCELLED, held=-1, cancelled=1)


def put_away(session: Session, webhook_id: str) -> int:
    """Hold what waits for a webhook that is off, cancel it if the webhook is deleted; it may be on again by now."""
    webhook = session.get_one(Webhook, webhook_id, with_for_update=True, populate_existing=True)
    if webhook.state == ON:
        return 0
    return (cancel_waiting if webhook.deleted_at else hold_waiting)(session, webhook_id)


def put_in_order(session: Session, webhook_id: str) -> None:
    """What waits for a webhook goes in strict order from now on, oldest first."""
    session.execute(
        update(Delivery)
        .where(Delivery.webhook_id == webhook_id, Delivery.status.in_((PENDING, HELD)))
        .values(in_order=True)
        .execution_options(synchronize_session=False)
    )


def carry_out(session: Session, webhook_id: str) -> int:
    """One step of what was ordered for held events, oldest first. Returns how many were moved.

    Sending goes at most `HELD_PER_S` a second: each is due a little later than the one before, and a step
    looks only a few seconds ahead, so that what is left can still be skipped or held again. A webhook that
    sends one at a time needs no other pace, and gets them all before anything newer.
    """
    lane = session.get_one(Lane, webhook_id, with_for_update=True, populate_existing=True)
    if lane.held_order is None:
        return 0
    if lane.held_order == SKIP:
        capacity = STEP
        moved = _move(session, webhook_id, HELD, CANCELLED, held=-1, cancelled=1)
    else:
        webhook = session.get_one(Webhook, webhook_id)
        capacity, moved = _send(session, lane, None if webhook.one_by_one else held_rate(webhook))
    if moved < capacity:
        lane.held_order = lane.held_until = None
    return moved


def settle() -> bool:
    """One step for every webhook whose waiting rows are not where they belong. True if anything moved."""
    moved = 0
    for webhook_id, step in _unsettled():
        with transaction() as session:
            moved += step(session, webhook_id)
    return moved > 0


def _unsettled() -> list[tuple[str, Step]]:
    """(webhook, what to do) for webhooks that are off with rows waiting, or on with an order to carry out."""
    ordered = db.session.scalars(
        select(Lane.webhook_id)
        .join(Webhook, Webhook.id == Lane.webhook_id)
        .where(Lane.held_order.is_not(None), Webhook.state == ON)
    ).all()
    stranded = db.session.scalars(select(Webhook.id).where(Webhook.state != ON, _has_waiting())).all()
    steps: list[tuple[str, Step]] = [(webhook_id, carry_out) for webhook_id in ordered]
    steps += [(webhook_id, put_away) for webhook_id in stranded]
    return steps


def held_rate(webhook: Webhook) -> int:
    """How many held events are sent in a second at most: the webhook's own limit, if that is lower."""
    return min(HELD_PER_S, webhook.rate_per_s or HELD_PER_S)


def _send(session: Session, lane: Lane, per_s: int | None) -> tuple[int, int]:
    """Make held deliveries due, `per_s` a second; None: one after the other, as they are answered.

    Returns how many there was room for, and how many there were.
    """
    now = now_ms()
    start = max(now, ms_of(lane.held_until) or 0)
    gap, capacity = (1000 // per_s, (now + AHEAD_MS - start) * per_s // 1000) if per_s else (0, STEP)
    if capacity <= 0:
        return 0, 0
    values = {"webhook_id": lane.webhook_id, "start": start, "gap": gap, "capacity": capacity}
    values["by_hand"] = lane.held_order == SEND
    sent = cast("CursorResult[Any]", session.execute(text(SEND_HELD), values)).rowcount
    if sent:
        count(session, lane.webhook_id, held=-sent)
        lane.held_until = from_ms(start + gap * sent)
    return capacity, sent


def _has_waiting() -> ColumnElement[bool]:
    return select(Delivery.id).where(Delivery.webhook_id == Webhook.id, Delivery.status == PENDING).exists()


def _move(session: Session, webhook_id: str, old: str, new: str, **per_row: int) -> int:
    """Move up to `STEP` of the oldest deliveries from one status to another, and count them.

    The lane is locked first, so no worker claims meanwhile; what is in flight already is left to its end.
    """
    lock_lane(session, webhook_id)
    result = session.execute(
        text(MOVE.format(old=old)),
        {"new": new, "webhook_id": webhook_id, "step": STEP},
    )
    moved = cast("CursorResult[Any]", result).rowcount
    if moved:
        count(session, webhook_id, **{name: n * moved for name, n in per_row.items()})
    return moved
