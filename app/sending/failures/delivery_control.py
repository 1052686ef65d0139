"""What a receiver orders by the headers of its answer (F11): end the tries of this message, or wait."""

from __future__ import annotations

from app.models.retry_schedule import retry_after_ms
from app.sending.failures.success_rules import Headers, find_header

# Draft of Standard Webhooks: `webhook-delivery: abort-message` says that this message is not to be sent again.
HEADER, ABORT_MESSAGE = "webhook-delivery", "abort-message"
_LONGEST = 200


def aborts_message(headers: Headers) -> bool:
    """True if the receiver asked us not to try this message again. Other orders in the header are for others."""
    value = find_header(headers, HEADER)
    if value is None or len(value) > _LONGEST:
        return False
    return ABORT_MESSAGE in (order.partition(";")[0].strip().lower() for order in value.split(","))


def asks_to_wait(headers: Headers) -> bool:
    """True if there is a `Retry-After` that can be read."""
    value = find_header(headers, "retry-after")
    return value is not None and retry_after_ms(value, 0) is not None
