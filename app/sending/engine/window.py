"""The window: how many transfers an engine keeps in flight.

As many as keep the processor busy, and no more. Beyond that, each further connection only makes libcurl's
lists longer (500 in flight cost 1.7 times as much a transfer as 64, measured on loopback). Slow receivers
leave the processor idle, and the window opens until it is busy again or the limit is reached. Where answers
come at once it stays small: there the time goes to the database or to other programs on the same machine,
and a wider window would only cost more of it.
"""

from __future__ import annotations

import time

SMALLEST = 64
LOOK_EVERY_S = 0.03
IDLE = 0.25
BUSY = 0.90
# A transfer that takes less than this, from claim to answer, is not what keeps the engine waiting.
AT_ONCE_S = 0.02


class TransferWindow:
    """Opens while the process is idle although work waits for slow answers, closes while it has no time to spare."""

    def __init__(self, largest: int) -> None:
        """`largest`: transfers in flight at the most."""
        self.size = min(SMALLEST, largest)
        self._largest = largest
        self._finished = 0
        self._waiting = False
        self._looked_at = time.monotonic()
        self._worked = time.process_time()

    @property
    def is_smallest(self) -> bool:
        """True while few transfers are enough to keep the processor busy: receivers are quick."""
        return self.size <= SMALLEST

    def note_finished(self, count: int) -> None:
        """So many transfers have ended since the last call."""
        self._finished += count

    def look(self, *, waiting: bool) -> None:
        """Adjust the size. `waiting`: there is more to send than fits.

        Only time in which something waited all along counts: without work, everybody is idle.
        """
        now = time.monotonic()
        waited, self._waiting = self._waiting, waiting
        if waited and waiting and now - self._looked_at < LOOK_EVERY_S:
            return
        worked = time.process_time()
        if waited and waiting:
            self._adjust(now - self._looked_at, worked - self._worked)
        self._looked_at, self._worked, self._finished = now, worked, 0

    def _adjust(self, passed: float, worked: float) -> None:
        share = worked / passed
        # Little's law: with `size` in flight all the time, each takes this long.
        slow = self.size * passed > AT_ONCE_S * self._finished
        if slow and share < 1 - IDLE:
            self.size = min(self._largest, self.size * 2)
        elif share > BUSY:
            self.size = max(min(SMALLEST, self._largest), self.size * 4 // 5)
