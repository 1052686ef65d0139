"""What has to be looked after every second or so, by whichever worker is awake.

Doubled sweeps do no harm: each step takes rows that no other holds.
"""

from __future__ import annotations

import time
from datetime import datetime

from sqlalchemy import select

from app.core.extensions import db
from app.core.times import ms_of, utc_now
from app.core.transaction import transaction
from app.ledger.attempt_row import unknown_outcome_row
from app.ledger.counters import compact, count
from app.maintenance.retention import remove_old
from app.models import Attempt, Delivery, Lane, Lease, Webhook
from app.models.attempt import MANUAL, SCHEDULED, UNKNOWN_OUTCOME
from app.models.delivery import FAILED, PENDING
from app.services import idempotency
from app.services.webhooks.holding import settle

# A delivery whose worker vanished this often has something about it that ends workers.
MAX_LOST_ATTEMPTS = 5
AT_ONCE = 500
# Removing comes between claims, so it takes little at a time.
REMOVE_FOR_S = 0.03
# Things grow old by the day: a worker that found nothing to remove need not look again every second.
NOTHING_OLD_FOR_S = 60.0


class Maintenance:
    """Looks after the house for one worker."""

    def __init__(self, retention_days: int) -> None:
        """`retention_days`: how long finished deliveries, their attempts and their events are kept."""
        self._days = retention_days
        self._nothing_old_until = 0.0

    def maintain(self) -> None:
        """Release leases that ran out, hold or send what waits for webhooks that changed, compact the counts.

        And remove a little of what is too old to be kept.
        """
        release_lost()
        while settle():
            pass
        compact()
        if time.monotonic() >= self._nothing_old_until and not remove_old(self._days, seconds=REMOVE_FOR_S):
            self._nothing_old_until = time.monotonic() + NOTHING_OLD_FOR_S
            idempotency.forget_old()


def release_lost() -> int:
    """Leases that have ended: nobody knows the outcome, so their deliveries are due again. Returns how many.

    Each gets an attempt that says so, and the same `webhook-id` goes out again: at least once, never lost.
    """
    now = utc_now()
    ended = select(Lease.webhook_id).where(Lease.until < now).distinct()
    webhook_ids = db.session.scalars(ended.order_by(Lease.webhook_id)).all()
    return sum(_release_lane(webhook_id, now) for webhook_id in webhook_ids)


def _release_lane(webhook_id: str, now: datetime) -> int:
    with transaction() as session:
        lane = session.get_one(Lane, webhook_id, with_for_update=True, populate_existing=True)
        webhook = session.get_one(Webhook, webhook_id)
        lost = session.execute(
            select(Delivery, Lease)
            .join(Lease, Lease.delivery_id == Delivery.id)
            .where(Lease.webhook_id == webhook_id, Lease.until < now)
            .limit(AT_ONCE)
            .execution_options(populate_existing=True)
        ).all()
        for delivery, lease in lost:
            session.add(_unknown_attempt(delivery, lease, webhook))
            session.delete(lease)
            _make_due(delivery)
            if delivery.status == FAILED:
                count(session, webhook_id, failed=1)
        lane.in_flight = max(0, lane.in_flight - len(lost))
    return len(lost)


def _unknown_attempt(delivery: Delivery, lease: Lease, webhook: Webhook) -> Attempt:
    row = unknown_outcome_row(
        delivery.space_id,
        delivery.webhook_id,
        delivery.id,
        delivery.attempts_count + 1,
        MANUAL if delivery.manual else SCHEDULED,
        ms_of(lease.until),
        webhook.method,
        webhook.url,
    )
    return Attempt(**row)


def _make_due(delivery: Delivery) -> None:
    delivery.attempts_count += 1
    delivery.lost_attempts += 1
    delivery.status = FAILED if delivery.lost_attempts >= MAX_LOST_ATTEMPTS else PENDING
    delivery.due_at = utc_now()
    delivery.last_reason, delivery.last_status = UNKNOWN_OUTCOME, None
    delivery.last_attempt_at = utc_now()
