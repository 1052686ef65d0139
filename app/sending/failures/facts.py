"""What is known about a failed attempt, as facts for its sentence in `diagnosis`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from app.sending.failures.answer_text import json_of, text_of
from app.sending.failures.delivery_control import aborts_message, asks_to_wait
from app.sending.failures.success_rules import find_header, looks_like_html
from app.sending.failures.wording import LONGEST_FACT, human_size, one_line

# Where a receiver's JSON usually says what is wrong; RFC 9457's names among them.
_MESSAGE_KEYS = ("detail", "message", "error_description", "error", "title", "errors", "reason")
_MESSAGE_DEPTH = 4
SERVICE_UNAVAILABLE = 503
_NO_RETRIES = ("test", "ping")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A failed attempt, as its attempt row holds it, and what comes next.

    request_headers, response_headers: names and values. known: the exchange's own facts. next_try,
    last_attempt: the next and the last planned try as text for a sentence ("14:25"); attempts_left: how many,
    None if unknown. reference: the attempt's id.
    """

    reason: str
    url: str = ""
    method: str = ""
    trigger: str = "scheduled"
    status: int | None = None
    timeout_s: int | None = None
    request_headers: Sequence[tuple[str, str]] = ()
    request_body: bytes = b""
    response_headers: Sequence[tuple[str, str]] = ()
    response_body: bytes = b""
    known: Mapping[str, object] = field(default_factory=dict)
    next_attempt: str | None = None
    last_attempt: str | None = None
    attempts_left: int | None = None
    reference: str = ""


def failure_facts(failure: Failure) -> dict[str, object]:
    """The facts for `diagnosis.explain`; what is not known is left out."""
    facts: dict[str, object] = {
        **failure.known,
        "host": failure.known.get("host") or _host(failure.url),
        "method": failure.method,
        "status": failure.status,
        "seconds": failure.known.get("seconds") or failure.timeout_s,
        "date": failure.known.get("expires"),
        "new": _new_address(failure),
        "size": human_size(len(failure.request_body)) if failure.request_body else None,
        "content_type": find_header(failure.request_headers, "content-type"),
        "id": failure.reference,
        "said": _said(failure),
        **_plan(failure),
        **_orders(failure),
        **_answer(failure),
    }
    return {name: value for name, value in facts.items() if value not in (None, "")}


def _said(failure: Failure) -> object:
    """What the receiver said; where it was not asked, what an authorisation server did."""
    if failure.status:
        return quote_of(failure.response_headers, failure.response_body)
    return failure.known.get("said")


def quote_of(headers: Sequence[tuple[str, str]], body: bytes) -> str:
    """What a receiver says is wrong, shortened: the message in its JSON, or its plain text; else empty."""
    if looks_like_html(headers, body):
        return ""
    try:
        return one_line(_message(json_of(headers, body)))
    except ValueError:
        pass
    text = text_of(headers, body[: LONGEST_FACT * 8])
    # JSON that is cut off, or XML, reads badly as a quote.
    return "" if text.lstrip()[:1] in ("{", "[", "<") else one_line(text)


def _plan(failure: Failure) -> dict[str, object]:
    if failure.trigger in _NO_RETRIES:
        return {"test": True}
    if failure.attempts_left == 0:
        return {"final": True}
    return {"time": failure.next_attempt, "n": failure.attempts_left, "until": failure.last_attempt}


def _orders(failure: Failure) -> dict[str, object]:
    """What the receiver asked for by its headers; of a test nothing more comes anyway."""
    if failure.trigger in _NO_RETRIES:
        return {}
    headers = failure.response_headers
    return {
        "aborted": aborts_message(headers) or None,
        "asked_to_wait": (failure.status == SERVICE_UNAVAILABLE and asks_to_wait(headers)) or None,
    }


def _answer(failure: Failure) -> dict[str, object]:
    """What the body of the answer tells, where a sentence uses it."""
    headers, body = failure.response_headers, failure.response_body
    if failure.reason == "http_422":
        return {"quote": quote_of(headers, body)}
    if failure.reason != "not_status_ok" or failure.known.get("encoding"):
        return {}
    if looks_like_html(headers, body):
        return {"html": True}
    return {"x": _other_status(headers, body)}


def _other_status(headers: Sequence[tuple[str, str]], body: bytes) -> str:
    """The `status` in a JSON answer, if it is there and says something other than OK."""
    try:
        answer = json_of(headers, body)
    except ValueError:
        return ""
    status = answer.get("status") if isinstance(answer, dict) else None
    if isinstance(status, bool) or not isinstance(status, (str, int)) or status == "OK":
        return ""
    return one_line(str(status))


def _message(answer: object, depth: int = _MESSAGE_DEPTH) -> str:
    """The first text in a JSON answer that looks meant for a person; breadth does not matter, depth is bounded."""
    if isinstance(answer, str):
        return answer
    if depth == 0:
        return ""
    if isinstance(answer, list):
        return _message(answer[0], depth - 1) if answer else ""
    if isinstance(answer, dict):
        named = [answer[key] for key in _MESSAGE_KEYS if key in answer]
        # {"errors": {"email": ["is taken"]}} names the field by its key, so any value will do inside.
        inside = named or (list(answer.values())[:1] if depth < _MESSAGE_DEPTH else [])
        return next((text for text in (_message(each, depth - 1) for each in inside) if text), "")
    return ""


def _new_address(failure: Failure) -> str:
    """Where a redirect points, as a whole web address; empty if it names none."""
    location = failure.known.get("location") or find_header(failure.response_headers, "location")
    if not location:
        return ""
    try:
        new = urljoin(failure.url, str(location).strip())
    except ValueError:
        return ""
    return new if re.fullmatch(r"https?://[!-~]+", new) else ""


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
