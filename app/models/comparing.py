"""How values are compared: as a person would, by what they say and not by how they are spelt.

Text without regard to capital letters, to white space around it and to how its accents are put together (Unicode's
NFC); characters without a width are characters like others. Numbers as decimals, with every digit. Times by when they
are.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from app.core.exact_json import ExactNumber

Scalar = str | int | float | bool | None

_NUMBER = re.compile(r"[+-]?[0-9]{1,1000}(\.[0-9]{1,1000})?([eE][+-]?[0-9]{1,6})?", re.ASCII)
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.,]+([Zz]|[+-][0-9:]+)?)?", re.ASCII)
_FRACTION = re.compile(r"[.,]([0-9]+)", re.ASCII)
_LONGEST_MOMENT = 64
_DAY = len("2026-11-26")


class ExactMoment(NamedTuple):
    """A time: its second in UTC, and the digits of the fraction behind it, however many there are."""

    second: datetime
    fraction: str


def as_text(value: Any) -> str:
    """A value as a person would type it, for comparing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else folded(str(value).strip())


def folded(text: str) -> str:
    """Text that is equal for a person is equal. Folding can take accents apart, so they are composed again."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def composed(text: str) -> str:
    """Text in NFC, letters as they are: for names of fields and projects."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def is_number(value: Any) -> bool:
    """True for numbers of JSON, not for text that is one."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def as_number(value: Any) -> int | Decimal | None:
    """Numbers, and text that is one. Exact: no digit is lost."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, ExactNumber):
        return value.decimal()
    text = repr(value) if isinstance(value, float) else str(value).strip()
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def as_moment(value: Any) -> ExactMoment | None:
    """A day or time as RFC 3339 writes it; without a zone it is taken for UTC, a day for its beginning."""
    if not isinstance(value, str) or len(value) > _LONGEST_MOMENT:
        return None
    text = value.strip()
    if not _MOMENT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    fraction = _FRACTION.search(text)
    return ExactMoment(moment.replace(microsecond=0), fraction[1].rstrip("0") if fraction else "")


def day_written(value: Any) -> str | None:
    """The day of a time, as it was written: by the clocks where it happened."""
    return value.strip()[:_DAY] if as_moment(value) is not None else None


def is_day(value: Any) -> bool:
    """True for a day without a time."""
    return isinstance(value, str) and len(value.strip()) == _DAY and as_moment(value) is not None
