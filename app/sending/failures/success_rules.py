"""Was it delivered? The success rules, and the reason when it was not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from app.outbound.marked import N_
from app.sending.failures.answer_text import json_of

ANY_2XX, STATUS_OK = "2xx", "status_ok"
CHALLENGE, INTERNAL, NOT_STATUS_OK, REDIRECT = "challenge", "internal", "not_status_ok", "redirect"

Headers = Iterable[tuple[str, str]]


class Answered(Protocol):
    """What a rule looks at: `app.outbound`'s Exchange has these."""

    status: int | None
    headers: list[tuple[str, str]]
    body: bytes
    fault: str | None
    answered: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """ok: delivered or not. reason: the stable word of a failure (`diagnosis` has its sentence), else None."""

    ok: bool
    reason: str | None


_DELIVERED = Verdict(True, None)
_NOT_STATUS_OK = Verdict(False, NOT_STATUS_OK)


def judge(rule: str, exchange: Answered) -> Verdict:
    """Judge an answer by a success rule: `2xx` (S4) or `status_ok` (S1). KeyError for another rule.

    Without an answer the reason is the exchange's fault. One whose head came whole is judged by that, and by
    as much of its body as came (docs/decisions/answers-that-break-off.md). A protection service's challenge is a
    failure even with a 2xx code (AWS WAF answers 202): nobody behind it saw the event.
    """
    accepts = RULES[rule].accepts
    if exchange.fault is not None and not exchange.answered:
        return Verdict(False, exchange.fault)
    status = exchange.status
    if status is None:
        return Verdict(False, INTERNAL)
    is_2xx = 200 <= status < 300
    if (status == 202 or not is_2xx) and is_challenge(exchange):
        return Verdict(False, CHALLENGE)
    if is_2xx:
        if accepts(exchange):
            return _DELIVERED
        return Verdict(False, exchange.fault) if exchange.fault else _NOT_STATUS_OK
    return Verdict(False, REDIRECT if 300 <= status < 400 else f"http_{status}")


def find_header(headers: Headers, name: str) -> str | None:
    """The first value of a header, or None. name: in lower case."""
    for key, value in headers:
        if key.lower() == name:
            return value
    return None


# --- success rules: an exchange with a 2xx status in, true or false out ---


def _any_2xx(exchange: Answered) -> bool:
    return True


def _status_ok(exchange: Answered) -> bool:
    """S1: status 200, a JSON content type, and a JSON object whose `status` is "OK"."""
    if exchange.status != 200 or not _is_json(find_header(exchange.headers, "content-type")):
        return False
    try:
        answer = json_of(exchange.headers, exchange.body)
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get("status") == "OK"


def _is_json(content_type: str | None) -> bool:
    media_type = (content_type or "").partition(";")[0].strip().lower()
    return media_type in ("application/json", "text/json") or media_type.endswith("+json")


class SuccessRule(NamedTuple):
    """A success rule: its words in the form, and whether it accepts an answer with a 2xx code."""

    label: str
    hint: str
    accepts: Callable[[Answered], bool]


# The one place that knows which rules there are: form, API and OpenAPI offer what stands here.
RULES: dict[str, SuccessRule] = {
    ANY_2XX: SuccessRule(N_("Any success code (200 to 299)"), N_("What most systems answer."), _any_2xx),
    STATUS_OK: SuccessRule(
        N_('Exactly 200 with {"status":"OK"} as JSON'),
        N_("For receivers that confirm each message."),
        _status_ok,
    ),
}


# --- challenge pages ---

# Headers that only a challenge carries, as Cloudflare and AWS document; DataDome's marks a blocked request.
_CHALLENGE_HEADERS = {
    "cf-mitigated": ("challenge",),
    "x-amzn-waf-action": ("challenge", "captcha"),
    "x-dd-b": ("1", "2"),
}
_CHALLENGE_STATUSES = (202, 403, 405, 428, 429, 503)
_CHALLENGE_REACH = 8192
# Scripts that also ride on ordinary pages (Cloudflare's /cdn-cgi/challenge-platform/) are left out.
_CHALLENGE_MARKS = re.compile(
    rb"_cf_chl_opt|cf-browser-verification|cf-challenge-running"  # Cloudflare
    rb"|captcha-delivery\.com"  # DataDome
    rb"|_Incapsula_Resource|Incapsula incident ID"  # Imperva
    rb"|/_sec/cp_challenge|sec-if-cpt-container|bm-verify="  # Akamai
    rb"|\.awswaf\.com/|AwsWafIntegration|gokuProps"  # AWS WAF
)


def is_challenge(exchange: Answered) -> bool:
    """True if a protection service answered in the receiver's place and wants proof of a human.

    Known by a header, or by a mark in the first 8 KiB of an HTML page with a code that such pages use.
    """
    for name, value in exchange.headers:
        values = _CHALLENGE_HEADERS.get(name.lower())
        if values is not None and value.strip().lower() in values:
            return True
    if exchange.status not in _CHALLENGE_STATUSES:
        return False
    start = exchange.body[:_CHALLENGE_REACH]
    return looks_like_html(exchange.headers, start) and _CHALLENGE_MARKS.search(start) is not None


def looks_like_html(headers: Headers, body: bytes) -> bool:
    """True if an answer is a web page: it says so, or says nothing and begins like one."""
    content_type = find_header(headers, "content-type")
    if content_type:
        return "html" in content_type.lower()
    return body[:256].lstrip().lower().startswith((b"<!doctype html", b"<html"))
