"""When an engine looks for work that nobody announced, and how long it stays when there is none."""

from __future__ import annotations

import time

# How often a busy engine looks for work that no doorbell announced.
TICK_S = 1.0
# An engine that stays for the next ring looks so often whether it is to stop.
LINGERING_S = 0.1


class Pauses:
    """The clock of one run of an engine."""

    def __init__(self) -> None:
        self.begin(0.0)

    def begin(self, linger_s: float) -> None:
        """A run begins; it lasts until there was nothing to do for `linger_s` seconds after an attempt."""
        self._linger_s, self._linger_until = linger_s, 0.0
        self._next_tick = time.monotonic() + TICK_S

    def note_attempts(self) -> None:
        """Some were made just now."""
        self._linger_until = time.monotonic() + self._linger_s

    @property
    def lingers(self) -> bool:
        """True while it is worth waiting for the next ring."""
        return time.monotonic() < self._linger_until

    def longest_s(self, *, working: bool) -> float:
        """Seconds that it may wait for something to happen. `working`: it has deliveries in hand."""
        return TICK_S if working else LINGERING_S

    def tick(self) -> bool:
        """True once every `TICK_S`."""
        now = time.monotonic()
        if now < self._next_tick:
            return False
        self._next_tick = now + TICK_S
        return True
