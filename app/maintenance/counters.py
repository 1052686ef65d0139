"""Compact the changes of counts into hours and all-time sums."""

from __future__ import annotations

import time

from app.ledger.counters import COMPACT_AT_ONCE, compact
from app.ledger.moves.steps import StepSize
from app.maintenance.step import Turn

_size = StepSize(first=500, most=COMPACT_AT_ONCE)


def compact_counters(turn: Turn) -> bool:
    """Until none are left. A step of few rows was the last one."""
    while True:
        most, began = _size.rows, time.monotonic()
        compacted = compact(most)
        _size.learn(compacted, time.monotonic() - began)
        if compacted < most:
            return False
        if not turn.goes_on():
            return True
