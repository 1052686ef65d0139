"""Time-ordered identifiers: a name for every row, made by us."""

from __future__ import annotations

import random
import time
from datetime import datetime

from app.core.times import LATEST_MS, ms_of


def new_id(prefix: str, at_ms: int | None = None) -> str:
    """A time-ordered identifier such as `evt_019aa4...`: 48 bits of milliseconds and 64 more, in hex.

    Newer identifiers sort after older ones, also within a millisecond: of the 64 bits, the first 20 are
    nanoseconds (UUIDv7 allows that, RFC 9562 section 6.2), so rows that are made together lie together. The
    others are random. Identifiers are names, not secrets: quick randomness is enough.
    `at_ms`: the moment to name it by, if that is not now.
    """
    if at_ms is not None:
        return f"{prefix}_{at_ms:012x}{random.getrandbits(64):016x}"
    ms, ns = divmod(time.time_ns(), 1_000_000)
    # One number to write out: three would take twice as long, and this is done for every row.
    return f"{prefix}_{ms << 64 | ns << 44 | random.getrandbits(44):028x}"


def first_id(prefix: str, at: datetime | int) -> str:
    """What sorts before every identifier that was made at this time or later: a time is a range of ids.

    at: a moment, or milliseconds since 1970; what lies outside of what an identifier can say is its nearest end.
    """
    at_ms = at if isinstance(at, int) else ms_of(at)
    return f"{prefix}_{max(0, min(at_ms, LATEST_MS)):012x}"
