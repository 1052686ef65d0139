"""Remove the answers that are kept under idempotency keys, a day after they were given."""

from __future__ import annotations

from app.maintenance.step import Turn
from app.services import idempotency


def remove_old_answers(turn: Turn) -> bool:
    """Few at a time, as long as this turn goes on."""
    while idempotency.forget_old():
        if not turn.goes_on():
            return True
    return False
