"""Why an attempt failed, in plain words: the attempt's row and what is planned, handed to `delivery.diagnosis`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from flask_babel import gettext as _

from app.models import Attempt, Delivery, Webhook
from app.models.delivery import PENDING, SENDING
from app.sending.failures.diagnosis import Explanation, explain
from app.sending.failures.facts import Failure, failure_facts

Clock = Callable[[datetime], str]


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """What is still going to be tried by itself. `attempts_left` None: not known, or without end."""

    next_attempt: datetime | None = None
    last_attempt: datetime | None = None
    attempts_left: int | None = None


def plan_of(delivery: Delivery, webhook: Webhook) -> RetryPlan:
    """The attempts that the webhook's schedule still holds for this delivery."""
    if delivery.state == SENDING:
        return RetryPlan()
    if delivery.status != PENDING:
        return RetryPlan(attempts_left=0)
    if delivery.until_it_works:
        return RetryPlan(next_attempt=delivery.due_at)
    gaps = webhook.retry_schedule[max(0, delivery.failed_attempts) :]
    last = delivery.due_at + timedelta(seconds=sum(gaps))
    return RetryPlan(next_attempt=delivery.due_at, last_attempt=last, attempts_left=len(gaps) + 1)


def explain_attempt(
    attempt: Attempt, timeout_s: int, clock: Clock, plan: RetryPlan | None = None
) -> Explanation | None:
    """The sentence, the next step and who acts for a failed attempt; None for one that succeeded.

    `timeout_s` is the webhook's limit. `clock` writes a moment as it stands in a sentence. `plan`
    belongs to the newest try only.
    """
    if attempt.reason is None:
        return None
    return explain(attempt.reason, facts_of_attempt(attempt, timeout_s, clock, plan), _)


def facts_of_attempt(
    attempt: Attempt, timeout_s: int, clock: Clock = str, plan: RetryPlan | None = None
) -> dict[str, object]:
    """The facts for the sentence about a failed attempt, as `explain_attempt` takes them; none if it succeeded."""
    if attempt.reason is None:
        return {}
    plan = plan or RetryPlan()
    return failure_facts(
        Failure(
            reason=attempt.reason,
            url=attempt.url,
            method=attempt.method,
            trigger=attempt.trigger,
            status=attempt.status,
            timeout_s=timeout_s,
            request_headers=read_headers(attempt.request_headers),
            request_body=attempt.request_body,
            response_headers=read_headers(attempt.response_headers),
            response_body=attempt.response_body or b"",
            known=read_facts(attempt.facts),
            next_attempt=clock(plan.next_attempt) if plan.next_attempt else None,
            last_attempt=clock(plan.last_attempt) if plan.last_attempt else None,
            attempts_left=plan.attempts_left,
            reference=attempt.id,
        )
    )


def read_headers(kept: bytes | None) -> list[tuple[str, str]]:
    """The headers of an attempt's row as (name, value) pairs."""
    return [(str(name), str(value)) for name, value in orjson.loads(kept or b"[]")]


def read_facts(kept: bytes | None) -> dict[str, Any]:
    """The facts of an attempt's row."""
    facts = orjson.loads(kept or b"{}")
    return facts if isinstance(facts, dict) else {}
