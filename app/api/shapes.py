"""From rows to answers: fills the typed dictionaries of `schemas`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson

from app.api.answers import moment, moment_or_none
from app.api.schemas.deliveries import AttemptOut, DeliveryBrief, DeliveryOut, ResponseOut
from app.api.schemas.events import EventOut, EventTypeOut, NotSentOut, PublishedOut
from app.api.schemas.webhooks import Counts
from app.catalogue import EventType
from app.core.times import utc_now
from app.models import Attempt, Delivery, Event, Webhook
from app.models.delivery import PENDING
from app.queries.deliveries.explanations import read_headers
from app.queries.events.not_sent import NotSent
from app.queries.webhooks.listing import Totals
from app.sending.failures.answer_text import text_of
from app.sending.failures.diagnosis import Explanation
from app.services.events.publishing import Published
from app.services.webhooks import secret_in_messages, settings_of


def published_out(one: Published) -> PublishedOut:
    """An accepted event."""
    return {
        "id": one.id,
        "type": one.type,
        "created_at": moment(one.created_at),
        "deliveries": one.deliveries,
    }


def event_out(event: Event, data: bytes | None, deliveries: Iterable[Delivery]) -> EventOut:
    """An event and where it went; `data` None: it is too long for a list."""
    return {
        "id": event.id,
        "type": event.type,
        "data": _spliced(data),
        "data_fault": event.data_fault,
        "object_id": event.object_id,
        "project_id": event.project_id,
        "actor_id": event.actor_id,
        "occurred_at": moment(event.occurred_at),
        "created_at": moment(event.created_at),
        "deliveries": [delivery_brief(delivery) for delivery in deliveries],
    }


def not_sent_out(one: NotSent) -> NotSentOut:
    """A webhook that did not get an event."""
    return {
        "webhook_id": one.webhook_id,
        "reason": one.reason,  # type: ignore[typeddict-item]
        "since": moment_or_none(one.at),
        "by": one.by or None,
        "conditions": [
            {
                "field": failed.condition.field,
                "op": failed.condition.op,  # type: ignore[typeddict-item]
                "value": failed.condition.value,
                "found": list(failed.found),
            }
            for failed in one.conditions
        ],
    }


def delivery_brief(delivery: Delivery) -> DeliveryBrief:
    """A delivery without its data and tries."""
    waits = delivery.state == PENDING
    return {
        "id": delivery.id,
        "event_id": delivery.event_id,
        "webhook_id": delivery.webhook_id,
        "event_type": delivery.event_type,
        "status": delivery.state,  # type: ignore[typeddict-item]
        "attempts_count": delivery.attempts_count,
        "next_attempt_at": moment(delivery.due_at) if waits else None,
        "last_status": delivery.last_status,
        "last_reason": delivery.last_reason,
        "created_at": moment(delivery.created_at),
    }


def delivery_out(delivery: Delivery, data: bytes | None, attempts: list[AttemptOut]) -> DeliveryOut:
    """A delivery; `data` None: it is gone, or too long for a list."""
    payload = _spliced(data)
    return {**delivery_brief(delivery), "payload": payload, "attempts": attempts}


def attempt_out(attempt: Attempt, explanation: Explanation | None) -> AttemptOut:
    """One attempt, and if it failed, why."""
    return {
        "id": attempt.id,
        "number": attempt.number,
        "trigger": attempt.trigger,  # type: ignore[typeddict-item]
        "started_at": moment(attempt.started_at),
        "duration_ms": _ms(attempt.duration_us),
        "timings": {
            "dns": _ms_or_none(attempt.dns_us),
            "connect": _ms_or_none(attempt.connect_us),
            "tls": _ms_or_none(attempt.tls_us),
            "first_byte": _ms_or_none(attempt.first_byte_us),
            "total": _ms(attempt.duration_us),
        },
        "request": {
            "method": attempt.method,
            "url": attempt.url,
            "headers": _pairs(attempt.request_headers),
            "body": _text(attempt.request_body),
        },
        "response": _response_out(attempt),
        "outcome": attempt.outcome,  # type: ignore[typeddict-item]
        "reason": attempt.reason,
        "detail": attempt.detail,
        "explanation": explanation.said() if explanation else None,  # type: ignore[typeddict-item]
    }


def webhook_out(
    webhook: Webhook, totals: Totals, public_key: str | None = None, **more: Any
) -> dict[str, Any]:
    """A webhook: its settings (secrets left out), how it goes and what it counted; `more` is added."""
    lane = webhook.lane
    counts: Counts = {
        "triggered": totals.triggered,
        "delivered": totals.delivered,
        "failed": totals.failed,
        "waiting": totals.waiting,
        "held": totals.held,
    }
    return {
        "id": webhook.id,
        **settings_of(webhook),
        "state": webhook.state,
        "state_reason": webhook.state_reason,
        "state_since": moment(webhook.state_since),
        "status": webhook.status,
        "confirmation": webhook.confirmation,
        "last_sent_at": moment_or_none(lane.last_sent_at),
        "last_status": lane.last_status,
        "last_reason": lane.last_reason,
        "counts": counts,
        "created_at": moment(webhook.created_at),
        "updated_at": moment(webhook.updated_at),
        "public_key": public_key,
        **_secret_in_messages(webhook, more.get("secret")),
        **more,
    }


def _secret_in_messages(webhook: Webhook, secret: str | None) -> dict[str, str]:
    """Beside a secret key that is shown: the value that the format's messages say, if it has one."""
    said = secret_in_messages(webhook.format, secret) if secret else None
    return {"space_secret": said} if said else {}


def event_type_out(event_type: EventType, own: bool) -> EventTypeOut:
    """An event type."""
    fields = event_type.model_dump(mode="json", exclude={"sources", "action_api_name"})
    return {**fields, "own": own}  # type: ignore[typeddict-item]


def _spliced(data: bytes | None) -> Any:
    """Data in an answer as it was stored: to read it and write it again would change numbers."""
    return orjson.Fragment(data) if data is not None else None


def clock(at: datetime) -> str:
    """A moment inside a sentence: `14:25 UTC`, with the day if it is another one than today."""
    same_day = at.date() == utc_now().date()
    return f"{at:%H:%M} UTC" if same_day else f"{at:%Y-%m-%d %H:%M} UTC"


def _response_out(attempt: Attempt) -> ResponseOut | None:
    if attempt.status is None:
        return None
    return {
        "status": attempt.status,
        "headers": _pairs(attempt.response_headers),
        "body": text_of(read_headers(attempt.response_headers), attempt.response_body or b""),
        "body_size": attempt.body_size,
        "truncated": attempt.truncated or attempt.body_size > len(attempt.response_body or b""),
    }


def _pairs(kept: bytes | None) -> list[list[str]]:
    return [list(pair) for pair in read_headers(kept)]


def _text(body: bytes | None) -> str:
    return (body or b"").decode("utf-8", "replace")


def _ms(us: int) -> float:
    return round(us / 1000, 3)


def _ms_or_none(us: int | None) -> float | None:
    return None if us is None else _ms(us)
