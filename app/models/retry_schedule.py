"""When a failed delivery is tried again. Pure: numbers in, a moment out."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime

# Gaps in seconds. DEFAULT is S4's: after 5 minutes, then after 10, then it has failed (3 tries).
DEFAULT = (300, 600)
# The schedule that the Standard Webhooks specification recommends.
STANDARD_WEBHOOKS = (5, 300, 1800, 7200, 18000, 36000, 50400)
NONE: tuple[int, ...] = ()

MOST_GAPS = 20
LONGEST_GAP_S = 7 * 24 * 3600
RETRY_AFTER_LIMIT_S = 24 * 3600
JITTER = 0.1

_ASKS_TO_WAIT = (429, 503)
_LONGEST_HEADER = 64


def next_attempt_ms(
    schedule: Sequence[int],
    failed_attempts: int,
    now_ms: int,
    retry_after: str | None,
    status: int | None,
    rng: Callable[[], float] = random.random,
    jitter: bool | None = None,
) -> int | None:
    """The moment of the next attempt in Unix milliseconds, or None if the schedule is used up.

    schedule: gaps in seconds. failed_attempts: how many attempts have failed, the last one included (1 or
    more; ValueError below). now_ms: when the last attempt ended. retry_after: that header of the answer, and
    status its code: on 429 and 503 it may lengthen the gap, to 24 hours at most; it never shortens one.
    rng: gives 0 <= x < 1. jitter: None means on every schedule but DEFAULT.

    Jitter lengthens a gap by up to 10 % and never shortens it, although the feature table says "±10 %":
    "a gap is never shorter than the schedule" is promised, and spreading tries out needs no early ones.
    """
    if failed_attempts < 1:
        raise ValueError("next_try_ms is for a delivery with a failed try.")
    if failed_attempts > len(schedule):
        return None
    gap_ms = schedule[failed_attempts - 1] * 1000
    if status in _ASKS_TO_WAIT and retry_after:
        gap_ms = max(gap_ms, _asked_gap_ms(retry_after, now_ms))
    if has_jitter(schedule) if jitter is None else jitter:
        gap_ms += int(gap_ms * JITTER * rng())
    return now_ms + gap_ms


def has_jitter(schedule: Sequence[int]) -> bool:
    """True for every schedule but DEFAULT, whose gaps are promised to the second (S4)."""
    return tuple(schedule) != DEFAULT


def retry_after_ms(value: str, now_ms: int) -> int | None:
    """When a `Retry-After` header asks us to come back, in Unix milliseconds; None if it is unreadable.

    Seconds or an HTTP date, RFC 9110 sections 10.2.3 and 5.6.7. The moment may be past, or far ahead.
    """
    text = value.strip()
    if not text or len(text) > _LONGEST_HEADER:
        return None
    if text.isascii() and text.isdigit():
        return now_ms + int(text) * 1000
    return _http_date_ms(text)


def check_schedule(gaps: Sequence[object]) -> tuple[int, ...]:
    """Check a schedule that a person or program set; return it as a tuple of seconds.

    Raises ValueError with a sentence: at most 20 gaps, each a whole number from 1 second to 7 days.
    """
    if isinstance(gaps, (str, bytes)) or not isinstance(gaps, Sequence):
        raise ValueError("Enter the waiting times as a list of seconds, for example 300, 600.")  # noqa: TRY004 (an error of the person's, not ours)
    if len(gaps) > MOST_GAPS:
        raise ValueError(f"Enter at most {MOST_GAPS} waiting times.")
    return tuple(_check_gap(gap) for gap in gaps)


def _check_gap(gap: object) -> int:
    if isinstance(gap, bool) or not isinstance(gap, int):
        raise ValueError("Enter each waiting time as a whole number of seconds.")  # noqa: TRY004 (as above)
    if not 1 <= gap <= LONGEST_GAP_S:
        raise ValueError("Enter waiting times from 1 second to 7 days (604800 seconds).")
    return gap


def _asked_gap_ms(retry_after: str, now_ms: int) -> int:
    moment = retry_after_ms(retry_after, now_ms)
    return 0 if moment is None else min(moment - now_ms, RETRY_AFTER_LIMIT_S * 1000)


def _http_date_ms(text: str) -> int | None:
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:  # asctime's form names no zone; HTTP dates are always UTC
            moment = moment.replace(tzinfo=UTC)
        return int(moment.timestamp()) * 1000
    except (ValueError, TypeError, IndexError, OverflowError):
        return None  # receivers send anything here; the schedule holds
