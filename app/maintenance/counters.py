"""Compact the changes of counts into hours and all-time sums."""

from __future__ import annotations

import time

from app.core.extensions import db
from app.core.transaction import transaction
from app.ledger import counters
from app.ledger.moves.steps import StepSize
from app.maintenance.step import Turn

COMPACT_AT_ONCE = 20_000

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


def compact(most: int = COMPACT_AT_ONCE) -> int:
    """One step: some `most` changes. Returns how many; 0 if a look without the write lock says there are none."""
    if not counters.is_anything_uncompacted(db.session()):
        return 0
    with transaction() as session:
        return counters.compact(session, most)
