"""What things are called on screen: badges, codes, reasons. One place for each word."""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.models import Attempt, Delivery, Webhook
from app.models.attempt import MANUAL, PING, TEST
from app.models.delivery import CANCELLED, FAILED, HELD, PENDING, SENDING, SUCCEEDED
from app.sending.failures.reasons import BADGES
from app.web.times import clock


class Badge(NamedTuple):
    """A state as text, colour and icon. tone: ok, warn, bad, off or wait; icon: a name in the icon macro."""

    text: str
    tone: str
    icon: str


_WEBHOOK = {
    "working": Badge(_l("Working"), "ok", "check"),
    "some_failing": Badge(_l("Some failing"), "warn", "warn"),
    "failing": Badge(_l("Failing"), "bad", "cross"),
    "paused": Badge(_l("Paused"), "off", "pause"),
    "off": Badge(_l("Off"), "off", "circle"),
    "stopped": Badge(_l("Turned off by us"), "bad", "stop"),
    "unconfirmed": Badge(_l("Waiting for confirmation"), "wait", "clock"),
}
_DELETED = Badge(_l("Deleted"), "off", "circle")

_DELIVERY = {
    SUCCEEDED: Badge(_l("Delivered"), "ok", "check"),
    SENDING: Badge(_l("Sending"), "wait", "clock"),
    PENDING: Badge(_l("Waiting"), "wait", "clock"),
    FAILED: Badge(_l("Failed"), "bad", "cross"),
    HELD: Badge(_l("Held"), "off", "pause"),
    CANCELLED: Badge(_l("Cancelled"), "off", "circle"),
}

_TRIGGERS = {
    MANUAL: _l("resent by hand"),
    TEST: _l("test"),
    PING: _l("ping"),
}

# Names that the standard library's table lacks: what Cloudflare and Nginx answer.
_OTHER_CODES = {
    499: "Client Closed Request",
    520: "Unknown Error",
    521: "Web Server Is Down",
    522: "Connection Timed Out",
    523: "Origin Is Unreachable",
    524: "A Timeout Occurred",
    530: "Site Frozen",
}


def webhook_badge(webhook: Webhook) -> Badge:
    """The badge of a webhook (B6)."""
    return _DELETED if webhook.deleted_at else _WEBHOOK[webhook.status]


def badge_named(status: str) -> Badge:
    """The badge of a webhook's status, for explaining it."""
    return _WEBHOOK[status]


def delivery_badge(delivery: Delivery) -> Badge:
    """The badge of a delivery; one that is repeated says when."""
    if delivery.state == PENDING and delivery.attempts_count and not delivery.manual:
        return Badge(_("Trying again at %(time)s", time=clock(delivery.due_at)), "warn", "clock")
    return _DELIVERY[delivery.state]


def status_choices() -> list[tuple[str, str]]:
    """(status, word) for the filter."""
    return [(status, str(badge.text)) for status, badge in _DELIVERY.items()]


def code_words(status: int | None) -> str:
    """`404 Not Found`; the number alone if nobody has named it; empty without an answer."""
    if status is None:
        return ""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} {_OTHER_CODES.get(status, '')}".strip()


def answer_words(status: int | None, reason: str | None) -> str:
    """The latest answer in a few words: the code, or why there was none."""
    if status is None:
        return reason_words(reason) if reason else ""
    if reason and not reason.startswith("http_"):
        return f"{code_words(status)} · {reason_words(reason)}"
    return code_words(status)


def reason_words(reason: str) -> str:
    """A failure in two or three words."""
    if reason in BADGES:
        return _(BADGES[reason])
    return code_words(int(reason[5:])) if reason[:5] == "http_" and reason[5:].isdigit() else reason


def trigger_words(trigger: str) -> str:
    """Why an attempt was made, if not by the schedule."""
    return str(_TRIGGERS.get(trigger, ""))


def milliseconds(microseconds: int | None) -> str:
    """A duration as whole milliseconds, below one with a decimal."""
    if microseconds is None:
        return ""
    if microseconds < 1000:
        return f"{microseconds / 1000:.1f} ms"
    return f"{round(microseconds / 1000):,} ms"


def attempt_badge(attempt: Attempt) -> Badge:
    """The badge of one attempt."""
    ok = attempt.outcome == SUCCEEDED
    return Badge(_("Delivered"), "ok", "check") if ok else Badge(_("Failed"), "bad", "cross")


def phases(attempt: Attempt) -> str:
    """How long each phase of an attempt took. The row holds moments since its start; here they are lengths."""
    marks = [
        (_("name look-up"), attempt.dns_us),
        (_("connect"), attempt.connect_us),
        (_("encryption"), attempt.tls_us),
        (_("first byte"), attempt.first_byte_us),
        (_("rest"), attempt.duration_us),
    ]
    parts, before = [], 0
    for name, mark in marks:
        if mark:
            parts.append(f"{name} {milliseconds(max(0, mark - before))}")
            before = max(before, mark)
    return " · ".join(parts)


def host_of(url: str) -> str:
    """The server's name in an address."""
    return urlsplit(url).hostname or url
