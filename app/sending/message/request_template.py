"""What was sent, without keeping it twice: the request template of a webhook's requests, and the way back from it.

The body of a request follows from the event and the settings, and of its headers only three differ from
try to try. So an attempt keeps those (the event is kept anyway), and a page puts the request together again.
This binds us: what a format makes of an event must never change; a new layout is a new format.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from urllib.parse import quote

import orjson

from app.audit.differences import MASK
from app.sending.message.layout import AddressTooLarge, Headers, RenderableEvent, layout_of
from app.sending.message.masking import mask_headers
from app.sending.message.parameters import with_query
from app.sending.message.rendering import MESSAGE_ID, SIGNATURE, TIMESTAMP, render, stamp


@dataclass(frozen=True, slots=True)
class RequestTemplateRow:
    """The values of a row of `request_template`. format: the text of a `Layout`."""

    id: str
    method: str
    url: str
    headers: bytes
    format: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """What differs from try to try. timestamp_s: Unix seconds."""

    message_id: str
    timestamp_s: int
    signature: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent. headers: JSON list of [name, value]. body: empty if its event is not kept any more."""

    method: str
    url: str
    headers: bytes
    body: bytes


def request_template_of(
    method: str, url: str, before: Headers, after: Headers, layout: str
) -> RequestTemplateRow:
    """What requests with these settings share; `before` and `after` as `rendering.headers_around` made them."""
    own = [[name, None] for name in (MESSAGE_ID, TIMESTAMP, SIGNATURE)]
    kept = orjson.dumps([*mask_headers(before), *own, *mask_headers(after)])
    content = b"\0".join((method.encode(), url.encode(), kept, layout.encode()))
    return RequestTemplateRow("out_" + hashlib.sha256(content).hexdigest()[:32], method, url, kept, layout)


def replay(request_template: RequestTemplateRow, of_attempt: Stamp, event: RenderableEvent | None) -> Sent:
    """The request that was sent. `event` None: its data is gone, and with it the body and the query."""
    own = dict(stamp(of_attempt.message_id, of_attempt.timestamp_s, of_attempt.signature))
    headers = [(name, own.get(name, value)) for name, value in orjson.loads(request_template.headers)]
    url, body = _content(request_template, event)
    return Sent(request_template.method, url, orjson.dumps(headers), body)


def _content(request_template: RequestTemplateRow, event: RenderableEvent | None) -> tuple[str, bytes]:
    """Address and body. Data that was cut for a list cannot be read; then there is no body to show."""
    if event is None:
        return request_template.url, b""
    try:
        rendered = render(layout_of(request_template.format), event, request_template.method)
        # Bullets in place of a secret are for people to read, not for an address to carry.
        return with_query(request_template.url, rendered.query).replace(quote(MASK), MASK), rendered.body
    except (AddressTooLarge, ValueError):
        return request_template.url, b""
