"""Bodies and payloads of strangers as text for people: pretty JSON, fields, nothing that acts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from app.sending.failures.answer_text import Headers, text_of

# More than this nobody reads on a screen; it is all there as raw text.
MOST_FIELDS = 500
DEEPEST = 12
PRETTY_UP_TO = 256 * 1024

# Control characters but tab and line feed, and marks that change the direction of text.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')


@dataclass(slots=True)
class BodyField:
    """One name and value of a JSON object. kind: text, plain, list or object, which has `inner`."""

    key: str
    value: str = ""
    kind: str = "text"
    inner: list[BodyField] = field(default_factory=list)


class _WrittenNumber(str):
    """A decimal number as it was written: 1e400 would be infinite as a float."""

    __slots__ = ()


def as_text(body: bytes | None, headers: Headers = ()) -> str:
    """Bytes as text that shows what is in it: hidden characters become visible escapes.

    `headers`: those that came with it, which may declare a charset; else it is UTF-8.
    """
    return visible(text_of(headers, body or b"").replace("\r\n", "\n"))


def visible(text: str) -> str:
    """Text in which nothing is hidden: control and direction characters are written out."""
    return _HIDDEN.sub(lambda letter: f"\\u{ord(letter[0]):04x}", text)


def pretty(body: bytes | None, headers: Headers = ()) -> str:
    """JSON with line breaks and indents, every value as it was written; anything else as `as_text` has it."""
    if not body or len(body) > PRETTY_UP_TO:
        return as_text(body, headers)
    text = text_of(headers, body)
    return as_text(body, headers) if _read(text.encode()) is None else visible(_indented(text))


def fields_of(body: bytes | None) -> list[BodyField]:
    """The fields of a JSON object or list; empty for anything else, and for what is too large to be read."""
    budget = [MOST_FIELDS]
    found = _inner(_read(body or b""), DEEPEST, budget)
    return found if budget[0] >= 0 else []


def _read(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode(), parse_int=_WrittenNumber, parse_float=_WrittenNumber, parse_constant=_WrittenNumber
        )
    except (ValueError, RecursionError):
        return None


def _indented(text: str) -> str:
    """Lay out valid JSON by its tokens; to parse and print it again would change long numbers."""
    parts: list[str] = []
    depth = 0
    before = ""
    for token in _TOKEN.findall(text):
        depth -= token in "]}"
        if _breaks(before, token):
            parts.append("\n" + "  " * depth)
        parts.append(": " if token == ":" else token)
        depth += token in "[{"
        before = token
    return "".join(parts)


def _breaks(before: str, token: str) -> bool:
    if not before or (before in "[{" and token in "]}"):
        return False
    return before in "[{," or token in "]}"


def _inner(value: Any, depth: int, budget: list[int]) -> list[BodyField]:
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = [(str(number), item) for number, item in enumerate(value, 1)]
    else:
        return []
    budget[0] -= len(pairs)
    return [_field(key, item, depth - 1, budget) for key, item in pairs] if budget[0] >= 0 else []


def _field(key: str, value: Any, depth: int, budget: list[int]) -> BodyField:
    key = visible(key)
    if isinstance(value, (dict, list)) and value and depth > 0:
        kind = "list" if isinstance(value, list) else "object"
        return BodyField(key, str(len(value)), kind, _inner(value, depth, budget))
    if isinstance(value, _WrittenNumber):
        return BodyField(key, str(value), "plain")
    if isinstance(value, str):
        return BodyField(key, visible(value))
    return BodyField(key, json.dumps(value, ensure_ascii=False), "plain")
