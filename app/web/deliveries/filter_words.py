"""The filters of a list in words, and what they can be set to."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from flask_babel import gettext as _

from app.core.times import utc_now
from app.models.delivery import STATUSES
from app.sending.failures.reasons import BADGES
from app.web.catalogue import catalogue_here
from app.web.times import absolute, typed_moment, zone
from app.web.words import reason_words, status_choices

SPANS = ("today", "yesterday", "24h", "7d")
# Codes that receivers often answer; any other one can be asked for by the address.
_CODES = (400, 401, 403, 404, 405, 408, 409, 410, 413, 415, 422, 425, 429, 500, 502, 503, 504)


def span(name: str) -> tuple[datetime, datetime | None]:
    """From when to before when one of `SPANS` is, in the person's zone; None: until now."""
    now = utc_now()
    if name in ("24h", "7d"):
        return now - (timedelta(hours=24) if name == "24h" else timedelta(days=7)), None
    today = now.astimezone(zone()).date()
    if name == "today":
        return datetime.combine(today, time.min, zone()), None
    begin = datetime.combine(today - timedelta(days=1), time.min, zone())
    return begin, datetime.combine(today, time.min, zone())


def span_choices() -> list[tuple[str, str]]:
    """(value, label) of the spans of time that are one click away."""
    return list(zip(SPANS, (_("Today"), _("Yesterday"), _("Last 24 hours"), _("Last 7 days")), strict=True))


def reason_choices(chosen: str = "") -> list[tuple[str, str]]:
    """(value, label) of reasons for a failure, those with words first. `chosen` is among them, whatever it is."""
    known = [(reason, reason_words(reason)) for reason in BADGES]
    codes = [(f"http_{code}", reason_words(f"http_{code}")) for code in _CODES]
    found = [*sorted(known, key=lambda one: one[1]), *codes]
    return found if not chosen or chosen in dict(found) else [(chosen, reason_words(chosen)), *found]


def event_title(key: str) -> str:
    """`Lead created` for `lead.created`; the key itself if nobody has named it."""
    known = catalogue_here().get(key)
    return known.title if known else key


def filter_words(name: str, value: str, webhook_name: str = "") -> str:
    """A filter that is set, in words."""
    words = {
        "status": lambda: dict(status_choices()).get(value, value) if value in STATUSES else value,
        "event_type": lambda: event_title(value),
        "webhook_id": lambda: webhook_name or value,
        "reason": lambda: reason_words(value),
        "when": lambda: dict(span_choices())[value],
        "since": lambda: _moment_words(value),
        "until": lambda: _moment_words(value),
        "q": lambda: f"“{value}”",
    }[name]()
    label = {
        "status": _("Status"),
        "event_type": _("Event"),
        "webhook_id": _("Webhook"),
        "reason": _("Reason"),
        "when": _("When"),
        "since": _("From"),
        "until": _("To"),
        "q": _("Search"),
    }[name]
    return _("%(filter)s: %(value)s", filter=label, value=words)


def _moment_words(typed: str) -> str:
    try:
        moment = typed_moment(typed)
    except (ValueError, OverflowError):
        return typed
    return absolute(moment) if moment else typed
