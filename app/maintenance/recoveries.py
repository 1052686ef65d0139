"""Carry recoveries on: count what became of what was ordered, order the next."""

from __future__ import annotations

from app.maintenance.step import Turn
from app.queries.recoveries.listing import under_way
from app.services.recoveries import take_step


def carry_recoveries_on(turn: Turn) -> bool:
    """Each has a step before one has its second, so that a large one holds up no other's."""
    going = under_way()
    while going:
        still: list[str] = []
        for number, recovery_id in enumerate(going):
            if take_step(recovery_id):
                still.append(recovery_id)
            if not turn.goes_on():
                return bool(still) or number + 1 < len(going)
        going = still
    return False
