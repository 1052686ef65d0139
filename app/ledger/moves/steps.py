"""How much one transaction moves: what fits into the time budget on the machine at hand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

# No transaction of upkeep may hold locks for longer: workers, publishers and people wait behind it.
BUDGET_S = 0.05
# What a step aims at. The commit comes on top, and no two steps take equally long.
AIM_S = BUDGET_S / 2


class Moved(NamedTuple):
    """How many rows were moved, and whether there may be more of them."""

    rows: int
    more: bool


class MoveStep:
    """One step: how many rows it may take, and, once it is done, how many it took."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.rows = 0

    def took(self, rows: int) -> Moved:
        """It moved so many; if that is all it may, there may be more."""
        self.rows = rows
        return Moved(rows, rows >= self.most)


class StepSize:
    """Rows in a step, learnt from how long the last steps took. It begins small and grows by halves."""

    def __init__(self, first: int = 100, least: int = 10, most: int = 1000) -> None:
        """`least` is moved however slow the machine is, or nothing would ever end."""
        self._least, self._most = least, most
        self.rows = first

    @contextmanager
    def measured(self) -> Iterator[MoveStep]:
        """A step of the size that fits; how long it takes is measured."""
        step, began = MoveStep(self.rows), time.monotonic()
        yield step
        self.learn(step.rows, time.monotonic() - began)

    def learn(self, rows: int, seconds: float) -> None:
        """A step took so many rows and seconds. One that found little to do says only whether it was slow."""
        if rows * 2 < self.rows and seconds < BUDGET_S:
            return
        fits = int(max(rows, 1) * AIM_S / max(seconds, 0.0001))
        self.rows = max(self._least, min(self._most, fits, self.rows + self.rows // 2 + 1))
