"""What a request carries: the body in a message format, or the same values as query parameters."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import orjson

from app.sending.message.formats import FORMATS
from app.sending.message.layout import AddressTooLarge, Layout, RenderableEvent, Rendered
from app.sending.message.selected_fields import pick

METHODS_WITHOUT_BODY = frozenset({"GET", "DELETE"})

MESSAGE_ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


def render(layout: Layout, event: RenderableEvent, method: str) -> Rendered:
    """Render an event in a layout; its format is a key of FORMATS, else KeyError.

    GET and DELETE carry the values as query parameters and no body (A4, S2).
    Raises TooLarge if data is nested too deep to be query parameters or to be picked from.
    """
    format_ = FORMATS[layout.format]
    if layout.fields is not None:
        event = event._replace(data_json=_picked(event.data_json, layout))
    headers = format_.headers(event, layout) if format_.headers else ()
    if method in METHODS_WITHOUT_BODY:
        return Rendered(b"", "", format_.query(event, layout), headers)
    return Rendered(format_.body(event, layout), format_.content_type, [], headers)


def _picked(data_json: bytes, layout: Layout) -> bytes:
    try:
        return pick(data_json, layout.fields or ())
    except (RecursionError, orjson.JSONEncodeError):
        raise AddressTooLarge("The data is nested too deep to pick fields from.") from None


def content_type_of(format_name: str, method: str) -> str:
    """The content type of messages in a format; empty for a method without a body."""
    return "" if method in METHODS_WITHOUT_BODY else FORMATS[format_name].content_type


def headers_around(
    content_type: str,
    *,
    user_agent: str,
    authorization: str | None = None,
    own: Sequence[tuple[str, str]] = (),
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The headers before and after those of one attempt; they are the same for all messages of a webhook.

    own: headers that passed `check_header`; a `User-Agent` among them takes the place of `user_agent`.
    """
    before = [("Content-Type", content_type)] if content_type else []
    if not any(name.lower() == "user-agent" for name, _ in own):
        before.append(("User-Agent", user_agent))
    after = [("Authorization", authorization)] if authorization is not None else []
    return before, [*after, *own]


def stamp_lines(message_id: str, timestamp_s: int, signature: str) -> list[str]:
    """The headers of one attempt (Standard Webhooks). message_id: the same at every attempt of an event."""
    return [f"{MESSAGE_ID}: {message_id}", f"{TIMESTAMP}: {timestamp_s}", f"{SIGNATURE}: {signature}"]


def stamp(message_id: str, timestamp_s: int, signature: str) -> list[tuple[str, str]]:
    """The same as names and values."""
    parts = [line.partition(": ") for line in stamp_lines(message_id, timestamp_s, signature)]
    return [(name, value) for name, _colon, value in parts]


def basic_authorization(username: str, password: str) -> str:
    """The value of `Authorization` for Basic (RFC 7617, UTF-8). ValueError if the user name has a colon."""
    if ":" in username:
        raise ValueError("Enter a user name without a colon.")
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
