"""What a request carries: the body in a message format, or the same values as query parameters."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import quote, urlencode

import orjson

JSON = "application/json"
LONGEST_URL = 8000
METHODS_WITHOUT_BODY = frozenset({"GET", "DELETE"})

MESSAGE_ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"

Query = list[tuple[str, str]]
Headers = list[tuple[str, str]]


class RenderableEvent(NamedTuple):
    """An event as a format needs it. timestamp: RFC 3339 UTC. data_json: the data, already JSON."""

    type: str
    timestamp: str
    data_json: bytes


class Rendered(NamedTuple):
    """What to send. Without a body, `content_type` is empty and `query` holds the values."""

    body: bytes
    content_type: str
    query: Query


class Format(NamedTuple):
    """A message format: how it makes a body, and the same values as query parameters."""

    content_type: str
    body: Callable[[RenderableEvent], bytes]
    query: Callable[[RenderableEvent], Query]


class TooLarge(ValueError):
    """The values do not fit into a web address. `facts` is what `diagnosis` needs for its sentence."""

    def __init__(self, sentence: str, characters: int | None = None) -> None:
        super().__init__(sentence)
        self.facts = {"part": "address"}
        if characters is not None:
            self.facts["characters"] = f"{characters:,}"


def render(envelope: str, event: RenderableEvent, method: str) -> Rendered:
    """Render an event in the format named `envelope` (a key of FORMATS, else KeyError).

    GET and DELETE carry the values as query parameters and no body (A4, S2).
    Raises TooLarge if data is nested too deep to be query parameters.
    """
    format_ = FORMATS[envelope]
    if method in METHODS_WITHOUT_BODY:
        return Rendered(b"", "", format_.query(event))
    return Rendered(format_.body(event), format_.content_type, [])


def content_type_of(envelope: str, method: str) -> str:
    """The content type of messages in a format; empty for a method without a body."""
    return "" if method in METHODS_WITHOUT_BODY else FORMATS[envelope].content_type


def with_query(url: str, query: Sequence[tuple[str, str]]) -> str:
    """Append parameters to an address that may have some already. Raises TooLarge above 8,000 characters."""
    if query:
        # %20, not +, for a space: it is read alike everywhere. Lone surrogates have no UTF-8 form: "?".
        added = urlencode(query, quote_via=quote, safe="", errors="replace")
        url = f"{url}{_joint(url)}{added}"
    if len(url) > LONGEST_URL:
        sentence = f"The address with the data has {len(url):,} characters; {LONGEST_URL:,} is the most."
        raise TooLarge(sentence, len(url))
    return url


def headers_around(
    content_type: str,
    *,
    user_agent: str,
    authorization: str | None = None,
    own: Sequence[tuple[str, str]] = (),
) -> tuple[Headers, Headers]:
    """The headers before and after those of one try; they are the same for all messages of a webhook.

    own: headers that passed `check_header`; a `User-Agent` among them takes the place of `user_agent`.
    """
    before = [("Content-Type", content_type)] if content_type else []
    if not any(name.lower() == "user-agent" for name, _ in own):
        before.append(("User-Agent", user_agent))
    after = [("Authorization", authorization)] if authorization is not None else []
    return before, [*after, *own]


def stamp(message_id: str, timestamp_s: int, signature: str) -> Headers:
    """The headers of one try (Standard Webhooks). message_id: the same at every try of an event."""
    return [
        (MESSAGE_ID, message_id),
        (TIMESTAMP, str(timestamp_s)),
        (SIGNATURE, signature),
    ]


def basic_authorization(username: str, password: str) -> str:
    """The value of `Authorization` for Basic (RFC 7617, UTF-8). ValueError if the user name has a colon."""
    if ":" in username:
        raise ValueError("Enter a user name without a colon.")
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


# --- the format `standard`: Standard Webhooks' type, timestamp and data ---


def _standard_body(event: RenderableEvent) -> bytes:
    # The data is spliced in as it was stored: numbers and key order stay what the publisher sent.
    type_, timestamp = orjson.dumps(event.type), orjson.dumps(event.timestamp)
    return b'{"type":%b,"timestamp":%b,"data":%b}' % (type_, timestamp, event.data_json)


def _standard_query(event: RenderableEvent) -> Query:
    return [("type", event.type), ("timestamp", event.timestamp), *_flat_data(event.data_json)]


def _flat_data(data_json: bytes) -> Iterator[tuple[str, str]]:
    """The data's fields under their own names; `data.type` where one would be taken for the event's."""
    for key, value in flatten(data_json):
        yield (f"data.{key}" if key in ("type", "timestamp") else key), value


def flatten(data_json: bytes) -> Query:
    """JSON as query parameters: `contact.id=7`, a list as a repeated key, null as empty, true and false.

    Numbers keep the digits they were written with. An empty object or list gives nothing; a value that is
    no object stands under `data`. Raises TooLarge if it is nested too deep to be read.
    """
    try:
        data = json.loads(data_json, parse_int=str, parse_float=str, parse_constant=str)
    except RecursionError:
        raise TooLarge("The data is nested too deep for a web address.") from None
    flat: Query = []
    waiting = [("" if isinstance(data, dict) else "data", data)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            inner = [(f"{path}.{key}" if path else key, each) for key, each in value.items()]
            waiting.extend(reversed(inner))
        elif isinstance(value, list):
            waiting.extend((path, each) for each in reversed(value))
        else:
            flat.append((path, _plain(value)))
    return flat


def _plain(value: str | bool | None) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else ("true" if value else "false")


def _joint(url: str) -> str:
    if "?" not in url:
        return "?"
    return "" if url.endswith(("?", "&")) else "&"


FORMATS: dict[str, Format] = {
    "standard": Format(JSON, _standard_body, _standard_query),
}
