"""A resend job of this morning, as it is left when it has finished."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.core.ids import new_id
from app.core.times import ms_of
from app.models import Delivery, Recovery, RecoveryItem, Webhook
from app.models.delivery import FAILED
from app.models.recovery import FINISHED


def recovery_of_the_morning(
    webhook: Webhook, failed: list[Delivery], now: datetime
) -> list[Recovery | RecoveryItem]:
    """The job and what failed in it."""
    began = now - timedelta(hours=2)
    job = Recovery(
        id=new_id("rcv", ms_of(began)),
        space_id=webhook.space_id,
        webhook_id=webhook.id,
        state=FINISHED,
        which=[FAILED],
        since=began - timedelta(hours=3),
        until=began,
        total=214 + len(failed),
        succeeded=202,
        failed=len(failed),
        skipped=12,
        all_ordered=True,
        actor_kind="person",
        actor_name="ada@example.com",
        created_at=began,
        finished_at=began + timedelta(minutes=4),
    )
    return [
        job,
        *[RecoveryItem(recovery_id=job.id, delivery_id=one.id, was=FAILED, failed=True) for one in failed],
    ]
