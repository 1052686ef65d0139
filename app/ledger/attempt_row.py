"""The row of an attempt: the one place that fills its columns, by name.

What `attempt_row` says in its order is the order of `ATTEMPT_COLUMNS`, so that whoever writes many rows takes
their values as they stand. A dictionary, because it is made for every attempt: a named tuple of 28 takes three
times as long.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary
from sqlalchemy.types import TypeDecorator, TypeEngine

from app.core.ids import new_id
from app.models import Attempt
from app.models.attempt import SCHEDULED, UNKNOWN_OUTCOME
from app.models.delivery import FAILED, SUCCEEDED
from app.outbound import Exchange

Row = dict[str, Any]

UNKNOWN = "unknown"
# Most attempts need no facts for their sentence, and one that sent nothing has no headers.
NO_FACTS, NO_HEADERS = b"{}", b"[]"


# What was sent, as `sent_as_template` or `sent_as_it_was` say it. Plain tuples, for the same reason.
Sent = tuple[str | None, int | None, str | None, str | None, str | None, bytes | None, bytes | None]
# What is kept of what came back, secrets masked: headers (JSON list of [name, value]), body, detail, facts.
Answered = tuple[bytes | None, bytes | None, str, bytes]


def sent_as_template(request_template_id: str, timestamp_s: int, signature: str) -> Sent:
    """A request that can be made again from its request template."""
    return request_template_id, timestamp_s, signature, None, None, None, None


def sent_as_it_was(method: str, url: str, headers: bytes = NO_HEADERS, body: bytes = b"") -> Sent:
    """A request that is kept whole; or only where it was to go, if nothing could be sent."""
    return None, None, None, method, url, headers, body


def attempt_row(
    space_id: str,
    webhook_id: str,
    exchange: Exchange,
    sent: Sent,
    answered: Answered,
    ok: bool,
    reason: str | None,
    delivery_id: str | None = None,
    number: int = 1,
    trigger: str = SCHEDULED,
) -> Row:
    """The row of an exchange. ok, reason: what it was judged to be. What the columns mean says `app.models.attempt`."""
    request_template_id, timestamp_s, signature, method, url, request_headers, request_body = sent
    response_headers, response_body, detail, facts = answered
    return {
        "id": new_id("att"),
        "space_id": space_id,
        "webhook_id": webhook_id,
        "delivery_id": delivery_id,
        "number": number,
        "trigger": trigger,
        "started_at": exchange.started_at_ms,
        "duration_us": exchange.duration_us,
        "dns_us": exchange.dns_us,
        "connect_us": exchange.connect_us,
        "tls_us": exchange.tls_us,
        "first_byte_us": exchange.first_byte_us,
        "request_template_id": request_template_id,
        "timestamp_s": timestamp_s,
        "signature": signature,
        "method": method,
        "url": url,
        "request_headers": request_headers,
        "request_body": request_body,
        "status": exchange.status,
        "response_headers": response_headers,
        "response_body": response_body,
        "body_size": exchange.body_size,
        "truncated": exchange.truncated,
        "outcome": SUCCEEDED if ok else FAILED,
        "reason": reason,
        "detail": detail,
        "facts": facts,
    }


def unknown_outcome_row(
    space_id: str,
    webhook_id: str,
    delivery_id: str,
    number: int,
    trigger: str,
    ended_at_ms: int,
    method: str,
    url: str,
) -> Row:
    """The row of an attempt whose outcome nobody knows: its worker ended. ended_at_ms: when its lease did."""
    detail = "The worker that was sending this ended before it could record the outcome."
    row = attempt_row(
        space_id,
        webhook_id,
        Exchange(ended_at_ms),
        sent_as_it_was(method, url),
        (None, None, detail, NO_FACTS),
        ok=False,
        reason=UNKNOWN_OUTCOME,
        delivery_id=delivery_id,
        number=number,
        trigger=trigger,
    )
    return row | {"outcome": UNKNOWN}


def _postgresql_type(kind: TypeEngine[object]) -> str:
    if isinstance(kind, TypeDecorator):
        kind = kind.impl_instance
    for known, name in (
        (BigInteger, "int8"),
        (Integer, "int4"),
        (Boolean, "bool"),
        (LargeBinary, "bytea"),
    ):
        if isinstance(kind, known):
            return name
    return "text"


NOTHING: Answered = (None, None, "", NO_FACTS)
# The columns in the order of a row, with their PostgreSQL types.
ATTEMPT_COLUMNS: dict[str, str] = {
    name: _postgresql_type(Attempt.__table__.c[name].type)
    for name in attempt_row("", "", Exchange(0), sent_as_it_was("", ""), NOTHING, ok=True, reason=None)
}
