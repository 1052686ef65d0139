"""Moments as people read them: in their own zone, relative while they are fresh, never without the zone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_datetime, format_timedelta
from babel.units import format_unit
from flask import has_request_context, request
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user

from app.core.times import utc_now

UTC = ZoneInfo("UTC")
TIME_ZONE_COOKIE = "tz"
_ZONE_NAME = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}")
_FRESH = timedelta(hours=24)


def zone() -> tzinfo:
    """The zone that the browser told in a cookie, else that of the space; UTC without either."""
    name = request.cookies.get(TIME_ZONE_COOKIE, "") if has_request_context() else ""
    if not name and has_request_context() and current_user and current_user.is_authenticated:
        name = current_user.space.time_zone
    if not _ZONE_NAME.fullmatch(name):
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def absolute(moment: datetime) -> str:
    """Date, time to the second and zone: `21 Nov, 14:05:09 CET`; with the year if it is another one."""
    local = moment.astimezone(zone())
    this_year = local.year == utc_now().astimezone(zone()).year
    text = _format(moment, "d MMM, HH:mm:ss" if this_year else "d MMM y, HH:mm:ss")
    return f"{text} {_zone_name(local)}"


def clock(moment: datetime) -> str:
    """A moment inside a sentence: `14:25`, with the day if it is another one than today."""
    same_day = moment.astimezone(zone()).date() == utc_now().astimezone(zone()).date()
    return _format(moment, "HH:mm" if same_day else "d MMM, HH:mm")


def span(start: datetime, end: datetime) -> str:
    """`14:02 to 17:40`; the day is said once if both are on it, and not at all today."""
    same_day = start.astimezone(zone()).date() == end.astimezone(zone()).date()
    until = _format(end, "HH:mm") if same_day else clock(end)
    return _("%(start)s to %(end)s", start=clock(start), end=until)


def clock_with_day(moment: datetime) -> str:
    """`21 Nov, 14:00`, today as well: for a table of many days."""
    return _format(moment, "d MMM, HH:mm")


def hour_label(moment: datetime) -> str:
    """Below a chart: `14:00`."""
    return _format(moment, "HH:mm")


def weekday_label(moment: datetime) -> str:
    """Below a chart: `Mon`."""
    return _format(moment, "EEE")


def day_label(moment: datetime) -> str:
    """Below a chart: `21 Nov`."""
    return _format(moment, "d MMM")


def typed(moment: datetime) -> str:
    """As `<input type=datetime-local>` has it, in the person's zone: what `typed_moment` reads."""
    return moment.astimezone(zone()).strftime("%Y-%m-%dT%H:%M")


def relative(moment: datetime) -> str:
    """`2 minutes ago`, `in 5 minutes`; empty when it is more than a day away."""
    gap = moment - utc_now()
    if abs(gap) > _FRESH:
        return ""
    if abs(gap) < timedelta(seconds=5):
        return _("just now")
    return format_timedelta(gap, add_direction=True, threshold=1.2, locale=get_locale() or "en")


def about(gap: timedelta) -> str:
    """A length of time in round words for a forecast: `20 minutes`, `3 hours`."""
    if gap < timedelta(minutes=1):
        return _("a minute") if gap > timedelta(seconds=30) else _("half a minute")
    return format_timedelta(gap, threshold=1.5, locale=get_locale() or "en")


def length(seconds: int) -> str:
    """A length of time exactly: `5 minutes`, `1 hour 30 minutes`."""
    parts: list[str] = []
    rest = seconds
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, rest = divmod(rest, size)
        if count or (unit == "second" and not parts):
            parts.append(format_unit(count, f"duration-{unit}", locale=get_locale() or "en"))
    return " ".join(parts)


def machine(moment: datetime) -> str:
    """For `<time datetime>`: RFC 3339 in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{moment.microsecond // 1000:03}Z"


def typed_moment(text: str) -> datetime | None:
    """What `<input type=datetime-local>` sends, in the person's zone. Raises ValueError."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    if not 1970 < moment.year < 9999:  # beyond, neither a zone nor a database can follow
        raise ValueError(text)
    return moment.replace(tzinfo=zone()) if moment.tzinfo is None else moment


def _zone_name(local: datetime) -> str:
    """`CET`; zones that have no letters of their own are told by their distance, `UTC+03`."""
    name = local.tzname() or "UTC"
    return name if name[:1].isalpha() else f"UTC{name}"


def _format(moment: datetime, pattern: str) -> str:
    return format_datetime(moment.astimezone(zone()), pattern, locale=get_locale() or "en")
