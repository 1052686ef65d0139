"""Why a try failed, in plain words: the attempt's row and what is planned, handed to `delivery.diagnosis`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from flask_babel import gettext as _

from app.delivery.diagnosis import Explanation, explain
from app.delivery.failure_facts import Failure, failure_facts
from app.models import Attempt, Delivery, Webhook
from app.models.delivery import PENDING, SENDING

Clock = Callable[[datetime], str]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is still going to be tried by itself. `tries_left` None: not known, or without end."""

    next_try: datetime | None = None
    last_try: datetime | None = None
    tries_left: int | None = None


def plan_of(delivery: Delivery, webhook: Webhook) -> Plan:
    """The tries that the webhook's schedule still holds for this delivery."""
    if delivery.state == SENDING:
        return Plan()
    if delivery.status != PENDING:
        return Plan(tries_left=0)
    if delivery.until_it_works:
        return Plan(next_try=delivery.due_at)
    gaps = webhook.retry_schedule[max(0, delivery.failed_tries) :]
    last = delivery.due_at + timedelta(seconds=sum(gaps))
    return Plan(next_try=delivery.due_at, last_try=last, tries_left=len(gaps) + 1)


def explain_attempt(
    attempt: Attempt, timeout_s: int, clock: Clock, plan: Plan | None = None
) -> Explanation | None:
    """The sentence, the next step and who acts for a failed try; None for one that succeeded.

    `timeout_s` is the webhook's limit. `clock` writes a moment as it stands in a sentence. `plan`
    belongs to the newest try only.
    """
    if attempt.reason is None:
        return None
    plan = plan or Plan()
    facts = failure_facts(
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
            next_try=clock(plan.next_try) if plan.next_try else None,
            last_try=clock(plan.last_try) if plan.last_try else None,
            tries_left=plan.tries_left,
            reference=attempt.id,
        )
    )
    return explain(attempt.reason, facts, _)


def read_headers(kept: bytes | None) -> list[tuple[str, str]]:
    """The headers of an attempt's row as (name, value) pairs."""
    return [(str(name), str(value)) for name, value in orjson.loads(kept or b"[]")]


def read_facts(kept: bytes | None) -> dict[str, Any]:
    """The facts of an attempt's row."""
    facts = orjson.loads(kept or b"{}")
    return facts if isinstance(facts, dict) else {}
