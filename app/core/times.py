"""The clock: UTC, in milliseconds as they are kept."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import overload

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
# An identifier begins with 48 bits of milliseconds.
LATEST_MS = 2**48 - 1


def now_ms() -> int:
    """This moment in milliseconds since 1970 (UTC)."""
    return time.time_ns() // 1_000_000


def from_ms(value: int) -> datetime:
    """Milliseconds since 1970 as an aware datetime in UTC."""
    return datetime.fromtimestamp(value / 1000, UTC)


@overload
def ms_of(moment: datetime) -> int: ...
@overload
def ms_of(moment: None) -> None: ...
def ms_of(moment: datetime | None) -> int | None:
    """A moment as milliseconds since 1970."""
    # Whole numbers all the way: a float of seconds may fall just short of its millisecond.
    return None if moment is None else (moment - EPOCH) // MILLISECOND


def utc_now() -> datetime:
    """This moment as an aware datetime in UTC, cut to milliseconds as it is kept."""
    return from_ms(now_ms())
