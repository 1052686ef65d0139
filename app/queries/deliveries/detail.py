"""One delivery with all that is known of it: its event, its webhook, its attempts and why they failed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.core.extensions import db
from app.models import Attempt, Delivery, Event, Webhook
from app.queries.deliveries.explanations import Clock, RetryPlan, explain_attempt, plan_of
from app.queries.deliveries.sent import fill_in_sent
from app.sending.failures.diagnosis import Explanation

# A delivery that is repeated "until it works" may have hundreds; a page shows the newest.
MOST_ATTEMPTS = 50


@dataclass(frozen=True, slots=True)
class AttemptView:
    """An attempt and, if it failed, why. Only the newest one's explanation speaks of what comes next."""

    attempt: Attempt
    explanation: Explanation | None


@dataclass(frozen=True, slots=True)
class DeliveryDetail:
    """A delivery, newest try first. `event` is None when its data has passed its time limit."""

    delivery: Delivery
    webhook: Webhook
    event: Event | None
    plan: RetryPlan
    attempts: list[AttemptView]

    @property
    def explanation(self) -> Explanation | None:
        """Why the newest try failed; None if there is none or it succeeded."""
        return self.attempts[0].explanation if self.attempts else None


def delivery_detail(space_id: str, delivery_id: str, clock: Clock) -> DeliveryDetail:
    """Everything about one delivery of the space. Raises `NotFound`."""
    row = (
        _session()
        .execute(
            select(Delivery, Webhook, Event)
            .join(Webhook, Webhook.id == Delivery.webhook_id)
            .join(Event, Event.id == Delivery.event_id, isouter=True)
            .where(Delivery.id == delivery_id, Delivery.space_id == space_id)
            .execution_options(populate_existing=True)
        )
        .one_or_none()
    )
    if row is None:
        raise NotFound
    delivery, webhook, event = row
    plan = plan_of(delivery, webhook)
    attempts = [
        AttemptView(
            attempt, explain_attempt(attempt, webhook.timeout_s, clock, plan if number == 0 else None)
        )
        for number, attempt in enumerate(_attempts(delivery.id))
    ]
    return DeliveryDetail(delivery, webhook, event, plan, attempts)


def answer_body(space_id: str, delivery_id: str, attempt_id: str) -> bytes:
    """What is kept of the body of an answer, byte by byte. Raises `NotFound`, also where there was no answer."""
    body = _session().scalar(
        select(Attempt.response_body).where(
            Attempt.id == attempt_id, Attempt.delivery_id == delivery_id, Attempt.space_id == space_id
        )
    )
    if body is None:
        raise NotFound
    return body


def last_attempts(webhooks: list[Webhook]) -> dict[str, Attempt]:
    """Per webhook its last attempt, where it is known."""
    ids = [w.lane.last_attempt_id for w in webhooks if w.lane.last_attempt_id]
    if not ids:
        return {}
    found = _session().scalars(select(Attempt).where(Attempt.id.in_(ids))).all()
    fill_in_sent(found)
    return {attempt.webhook_id: attempt for attempt in found}


def _attempts(delivery_id: str) -> list[Attempt]:
    attempts = list(
        _session().scalars(
            select(Attempt)
            .where(Attempt.delivery_id == delivery_id)
            .order_by(Attempt.number.desc(), Attempt.id.desc())
            .limit(MOST_ATTEMPTS)
        )
    )
    fill_in_sent(attempts)
    return attempts


def _session() -> Session:
    return db.session()
