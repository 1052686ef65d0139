"""The window: how many transfers an engine keeps in flight.

As many as keep the processor busy, and no more. Beyond that, each further connection only makes libcurl's
lists longer (500 in flight cost 1.7 times as much a transfer as 64, measured on loopback). Slow receivers
leave the processor idle, and the window opens until it is busy again or the limit is reached.
"""

from __future__ import annotations

import time

SMALLEST = 64
LOOK_EVERY_S = 0.03
IDLE = 0.25
BUSY = 0.90


class Window:
    """Opens while the process is idle although work waits, closes while it has no time to spare."""

    def __init__(self, largest: int) -> None:
        """`largest`: transfers in flight at the most."""
        self.size = min(SMALLEST, largest)
        self._largest = largest
        self._looked_at = time.monotonic()
        self._worked = time.process_time()

    @property
    def is_smallest(self) -> bool:
        """True while few transfers are enough to keep the processor busy: receivers are quick."""
        return self.size <= SMALLEST

    def look(self, waiting: bool) -> None:
        """Adjust the size. `waiting`: there is more to send than fits."""
        now = time.monotonic()
        passed = now - self._looked_at
        if passed < LOOK_EVERY_S:
            return
        worked = time.process_time()
        share = (worked - self._worked) / passed
        self._looked_at, self._worked = now, worked
        if waiting and share < 1 - IDLE:
            self.size = min(self._largest, self.size * 2)
        elif share > BUSY:
            self.size = max(min(SMALLEST, self._largest), self.size * 4 // 5)
