"""Leases that ran out: nobody knows the outcome, so their deliveries are due again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.core.times import ms_of, utc_now
from app.ledger.attempt_row import unknown_outcome_row
from app.ledger.counters import count
from app.ledger.lanes import lock_lane
from app.ledger.moves.steps import Moved, StepSize
from app.models import Attempt, Delivery, Lane, Lease, Webhook
from app.models.attempt import MANUAL, SCHEDULED, UNKNOWN_OUTCOME
from app.models.delivery import FAILED, PENDING, SUCCEEDED

# A delivery whose worker vanished this often has something about it that ends workers.
MAX_LOST_ATTEMPTS = 5

_size = StepSize(first=50, most=500)


def release_lost_in(session: Session, webhook_id: str, now: datetime) -> Moved:
    """One step: leases of this webhook that ended before `now` go, and their deliveries are due.

    Each gets an attempt that says so, and the same `webhook-id` goes out again: at least once, never lost.
    """
    lock_lane(session, webhook_id)
    lane = session.get_one(Lane, webhook_id, populate_existing=True)
    webhook = session.get_one(Webhook, webhook_id)
    with _size.measured() as step:
        lost = session.execute(
            select(Delivery, Lease)
            .join(Lease, Lease.delivery_id == Delivery.id)
            .where(Lease.webhook_id == webhook_id, Lease.until < now)
            .limit(step.most)
            .execution_options(populate_existing=True)
        ).all()
        for delivery, lease in lost:
            _release(session, delivery, lease, webhook)
        lane.in_flight = max(0, lane.in_flight - len(lost))
        session.flush()
        return step.took(len(lost))


def _release(session: Session, delivery: Delivery, lease: Lease, webhook: Webhook) -> None:
    session.execute(insert(Attempt), _unknown_attempt(delivery, lease, webhook))
    session.delete(lease)
    _make_due(delivery)
    if delivery.status != PENDING:
        name = "failed" if delivery.status == FAILED else "delivered"
        count(session, webhook.id, **{name: 1})


def _unknown_attempt(delivery: Delivery, lease: Lease, webhook: Webhook) -> dict[str, object]:
    return unknown_outcome_row(
        delivery.space_id,
        delivery.webhook_id,
        delivery.id,
        delivery.attempts_count + 1,
        MANUAL if delivery.manual else SCHEDULED,
        ms_of(lease.until),
        webhook.method,
        webhook.url,
    )


def _make_due(delivery: Delivery) -> None:
    delivery.attempts_count += 1
    delivery.lost_attempts += 1
    delivery.status = PENDING if delivery.lost_attempts < MAX_LOST_ATTEMPTS else _in_the_end(delivery)
    delivery.due_at = utc_now()
    delivery.last_reason, delivery.last_status = UNKNOWN_OUTCOME, None
    delivery.last_attempt_at = utc_now()


def _in_the_end(delivery: Delivery) -> str:
    return SUCCEEDED if delivery.was_delivered else FAILED
