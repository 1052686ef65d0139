"""What has to be looked after every second or so, by whichever worker is awake.

Doubled sweeps do no harm: each step takes rows that no other holds.
"""

from __future__ import annotations

from sqlalchemy import select, update

from app.models import Attempt, Delivery, Lane, Webhook
from app.models.attempt import MANUAL, SCHEDULED, UNKNOWN_OUTCOME
from app.models.base import utc_now
from app.models.delivery import FAILED, PENDING, SENDING
from app.services.tally import count, fold
from app.services.transaction import transaction
from app.services.webhooks.holding import settle

# A delivery whose worker vanished this often has something about it that ends workers.
MAX_LOST_TRIES = 5
AT_ONCE = 500


def keep_house() -> None:
    """Release leases that ran out, hold or send what waits for webhooks that changed, fold the counts."""
    release_lost()
    while settle():
        pass
    fold()


def release_lost() -> int:
    """Deliveries whose lease has ended: nobody knows the outcome, so they are due again. Returns how many.

    Each gets an attempt that says so, and the same `webhook-id` goes out again: at least once, never lost.
    """
    now = utc_now()
    with transaction() as session:
        lost = session.execute(
            select(Delivery, Webhook.method, Webhook.url)
            .join(Webhook, Webhook.id == Delivery.webhook_id)
            .where(Delivery.status == SENDING, Delivery.lease_until < now)
            .order_by(Delivery.webhook_id)
            .limit(AT_ONCE)
            .with_for_update(of=Delivery, skip_locked=True)
        ).all()
        for delivery, method, url in lost:
            session.add(_unknown_attempt(delivery, method, url))
            _make_due(delivery)
            if delivery.status == FAILED:
                count(session, delivery.webhook_id, failed=1)
            session.execute(
                update(Lane)
                .where(Lane.webhook_id == delivery.webhook_id)
                .values(in_flight=Lane.in_flight - 1)
            )
    return len(lost)


def _unknown_attempt(delivery: Delivery, method: str, url: str) -> Attempt:
    return Attempt(
        space_id=delivery.space_id,
        webhook_id=delivery.webhook_id,
        delivery_id=delivery.id,
        number=delivery.attempts_count + 1,
        trigger=MANUAL if delivery.manual else SCHEDULED,
        started_at=delivery.lease_until,
        method=method,
        url=url,
        request_headers=b"[]",
        request_body=b"",
        outcome="unknown",
        reason=UNKNOWN_OUTCOME,
        detail="The worker that was sending this ended before it could record the outcome.",
    )


def _make_due(delivery: Delivery) -> None:
    delivery.attempts_count += 1
    delivery.lost_tries += 1
    delivery.status = FAILED if delivery.lost_tries >= MAX_LOST_TRIES else PENDING
    delivery.due_at = utc_now()
    delivery.lease_token = delivery.lease_until = None
    delivery.last_reason, delivery.last_status = UNKNOWN_OUTCOME, None
    delivery.last_attempt_at = utc_now()
