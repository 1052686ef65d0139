"""One request, ready to go out: the message in its format, signed, with every header."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import orjson

from app.outbound import Request
from app.sending.message.formats import PLAIN_TEXT
from app.sending.message.layout import RenderableEvent, Rendered
from app.sending.message.parameters import with_query
from app.sending.message.rendering import render, stamp, stamp_lines
from app.sending.message.signing import sign
from app.sending.message.sns import confirmation_body, confirmation_headers
from app.sending.message.target import Target

CONFIRMATION_TYPE = "hookdesk.confirmation"


@dataclass(slots=True)
class Message(Request):
    """A request and what of it is this attempt's own: the rest follows from the event and the webhook."""

    message_id: str
    timestamp_s: int
    signature: str


def compose(
    target: Target,
    message_id: str,
    event_type: str,
    occurred_at_ms: int,
    data: bytes | None,
    now_ms: int,
    actor_id: str | None = None,
) -> Message:
    """The request for one message to one target.

    `message_id` becomes `webhook-id`: the same at every attempt. `data` is JSON in UTF-8. Times are
    milliseconds since 1970. Raises `TooLarge` if the data does not fit into an address, `ValueError` if
    the event's row is gone (`data` None).
    """
    if data is None:
        raise ValueError("The event of this delivery is not there any more.")
    event = RenderableEvent(event_type, rfc3339(occurred_at_ms), data, message_id, actor_id)
    return _signed(target, render(target.layout, event, target.method), message_id, now_ms)


def compose_confirmation(
    target: Target, message_id: str, link: str, token: str, expires_at_ms: int, now_ms: int
) -> Message:
    """The request that asks a receiver to confirm by following `link` (A14).

    In the format `sns` a SubscriptionConfirmation; in the others a message of type `hookdesk.confirmation`
    whose data has `webhook_id`, `confirmation_url` and `expires_at`. target: one whose method has a body.
    token: the secret part of the link.
    """
    topic = target.layout.topic
    if topic is None:
        data = {
            "webhook_id": target.webhook_id,
            "confirmation_url": link,
            "expires_at": rfc3339(expires_at_ms),
        }
        own = target.for_own_messages()
        return compose(own, message_id, CONFIRMATION_TYPE, now_ms, orjson.dumps(data), now_ms)
    event = RenderableEvent(CONFIRMATION_TYPE, rfc3339(now_ms), b"", message_id)
    body = confirmation_body(event, topic, link, token)
    rendered = Rendered(body, PLAIN_TEXT, [], confirmation_headers(message_id, topic))
    return _signed(target, rendered, message_id, now_ms)


def _signed(target: Target, rendered: Rendered, message_id: str, now_ms: int) -> Message:
    timestamp_s = now_ms // 1000
    signature = sign(message_id, timestamp_s, rendered.body, target.keys_at(now_ms))
    url = with_query(target.url, rendered.query)
    headers, lines = [], None
    if target.lines is None:
        own = stamp(message_id, timestamp_s, signature)
        headers = [*target.before, *rendered.headers, *own, *target.after]
    else:
        before, after = target.lines
        own_lines = stamp_lines(message_id, timestamp_s, signature)
        lines = [*before, *[f"{name}: {value}" for name, value in rendered.headers], *own_lines, *after]
    return Message(
        target.method,
        url,
        headers,
        rendered.body,
        target.timeout_ms,
        message_id,
        timestamp_s,
        signature,
        lines=lines,
        owner=target.space_id,
    )


@lru_cache(maxsize=4096)
def rfc3339(at_ms: int) -> str:
    """Milliseconds since 1970 as `2026-11-21T09:30:00.123Z` (RFC 3339, UTC)."""
    return f"{_second(at_ms // 1000)}.{at_ms % 1000:03d}Z"


@lru_cache(maxsize=256)
def _second(at_s: int) -> str:
    """Asking the calendar is most of the work, and many events share a second."""
    return datetime.fromtimestamp(at_s, UTC).replace(tzinfo=None).isoformat()
