"""What a monitoring system wants to know, from queries that cost the same with ten million deliveries.

Counts come from the roll-ups, one row a webhook; what is due from the index of each lane's waiting deliveries.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from app.core.extensions import db
from app.core.ids import first_id
from app.core.times import ms_of, now_ms
from app.models import CounterChange, Delivery, Event, Lane, Lease, Webhook, WebhookHour
from app.models.counter import ALL_TIME, COUNTS
from app.models.delivery import PENDING
from app.models.webhook import ON

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Metrics:
    """counts: by the names of `roll_up.COUNTS`. oldest_due_s: how long the longest has been due, 0: nothing is.

    events_last_minute: accepted in the last 60 seconds.
    """

    counts: dict[str, int]
    oldest_due_s: float
    leases: int
    in_flight: int
    events_last_minute: int

    @property
    def waiting(self) -> int:
        """Deliveries that are to be sent, now or later."""
        ended = ("delivered", "failed", "cancelled", "held")
        return self.counts["triggered"] - sum(self.counts[name] for name in ended)


def read_metrics() -> Metrics:
    """How it goes now, over all spaces."""
    session, now = db.session(), now_ms()
    minute_ago = first_id("evt", now - MINUTE_MS)
    return Metrics(
        counts=_counts(),
        oldest_due_s=_oldest_due_s(now),
        leases=session.scalar(select(func.count()).select_from(Lease)) or 0,
        in_flight=session.scalar(select(func.sum(Lane.in_flight))) or 0,
        events_last_minute=session.scalar(select(func.count()).where(Event.id >= minute_ago)) or 0,
    )


def _counts() -> dict[str, int]:
    """What is compacted, looked up webhook by webhook, and the few changes that are not."""
    compacted = select(*[func.sum(getattr(WebhookHour, name)) for name in COUNTS]).join_from(
        Webhook, WebhookHour, (WebhookHour.webhook_id == Webhook.id) & (WebhookHour.hour == ALL_TIME)
    )
    changes = select(*[func.sum(getattr(CounterChange, name)) for name in COUNTS])
    sums = [db.session.execute(query).one() for query in (compacted, changes)]
    return {name: sum(int(one[n] or 0) for one in sums) for n, name in enumerate(COUNTS)}


def _oldest_due_s(now: int) -> float:
    first = (
        select(Delivery.due_at)
        .where(Delivery.webhook_id == Webhook.id, Delivery.status == PENDING)
        .order_by(Delivery.due_at)
        .limit(1)
        .correlate(Webhook)
        .scalar_subquery()
    )
    oldest = db.session.scalars(
        select(first.label("due"))
        .select_from(Webhook)
        .where(Webhook.state == ON, first.is_not(None))
        .order_by("due")
        .limit(1)
    ).first()
    return max(0.0, (now - ms_of(oldest)) / 1000) if oldest is not None else 0.0
