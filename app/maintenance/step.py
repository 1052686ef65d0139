"""What a step is, and what it may use of time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.ledger.moves import Moved

# A step that has much to do lets the others have their turn after so long.
TURN_S = 0.5
# Between two transactions: as long as the last one took, and at least this. On SQLite all writers wait for one
# lock, and whoever takes it again at once lets nobody else have it.
LEAST_REST_S = 0.005


class Turn:
    """A step's turn: it ends after `TURN_S`, or when the worker is to stop."""

    def __init__(self, stopping: Callable[[], bool], seconds: float = TURN_S) -> None:
        """`stopping`: is this worker asked to end?"""
        self.stopping = stopping
        self._until = time.monotonic() + seconds
        self._began = time.monotonic()

    def goes_on(self) -> bool:
        """True if another transaction may begin. Rests first, for as long as was worked since the last call."""
        worked = time.monotonic() - self._began
        time.sleep(max(LEAST_REST_S, worked))
        self._began = time.monotonic()
        return not self.is_over()

    def is_over(self) -> bool:
        """True if no further transaction may begin."""
        return self.stopping() or time.monotonic() >= self._until


@dataclass(frozen=True)
class Step:
    """One step of the maintenance.

    every_s: how long after it had nothing more to do it looks again. run: does what fits into a turn, and says
    whether there is more to do at once. waits: it waits for other people's servers, and has a thread of its own.
    """

    name: str
    every_s: float
    run: Callable[[Turn], bool]
    waits: bool = False


def move_all(turn: Turn, move: Callable[[Session], Moved]) -> bool:
    """Move step by step, each in a transaction of its own; True if the turn ended before all was moved."""
    while True:
        with transaction() as session:
            moved = move(session)
        if not (moved.rows and moved.more):
            return False
        if not turn.goes_on():
            return True
