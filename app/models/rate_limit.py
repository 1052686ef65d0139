"""How quickly one webhook may be sent to: the speed limit of a lane (A17).

Sending is spread over the second instead of coming at its start. A lane remembers until when what was
taken from it reaches (`rate_limited_until_us`); the next one may start then. From 10 a second on, a tenth of a
second's worth may come together, because claims come every few milliseconds and not for each message; the
spacing is a tenth wider for it, so that no second holds more than the limit.
"""

from __future__ import annotations

from typing import NamedTuple

FASTEST = 1000
SPREAD_FROM = 10
TOGETHER_US = 100_000
SECOND_US = 1_000_000


class RateLimit(NamedTuple):
    """A speed limit as the ledgers use it, in microseconds: between two starts, and how far back to reach."""

    spacing_us: int
    reach_us: int

    def allowed(self, now_us: int, rate_limited_until_us: int) -> int:
        """How many may start now."""
        start = max(rate_limited_until_us, now_us - self.reach_us)
        return 0 if start > now_us else (now_us - start) // self.spacing_us + 1

    def after(self, now_us: int, rate_limited_until_us: int, taken: int) -> int:
        """`rate_limited_until_us` once `taken` have been taken."""
        return max(rate_limited_until_us, now_us - self.reach_us) + taken * self.spacing_us


def rate_limit_of(rate_per_s: int) -> RateLimit:
    """The pace for at most `rate_per_s` (1 to 1,000) starts in any second."""
    if rate_per_s < SPREAD_FROM:
        return RateLimit(-(-SECOND_US // rate_per_s), 0)
    return RateLimit(-(-SECOND_US * 10 // (9 * rate_per_s)), TOGETHER_US)
