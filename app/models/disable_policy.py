"""Patience: how close a failing webhook is to being turned off by us (B3).

The engine turns it off once it has failed `limit` times in a row *and* for at least `window_s`; this says
how far it is on that way, and when it will be there if it goes on like this.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# Further ahead nobody can say anything about a pace.
LONGEST_FORECAST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class DisablePolicy:
    """The two thresholds of a webhook, and its run of failed tries: how many, since when, the last when."""

    limit: int
    window_s: int
    failures: int
    since: datetime | None
    last: datetime | None

    def is_half_used(self, at: datetime) -> bool:
        """True once half of the failures and half of the time are there."""
        if self.since is None or not self.failures:
            return False
        return self.failures * 2 >= self.limit and (at - self.since).total_seconds() * 2 >= self.window_s

    def ends_at(self, at: datetime) -> datetime | None:
        """When it will be used up at the pace so far, not before `at`; None if no pace can be told yet."""
        if self.since is None or (reached := self._limit_reached_at()) is None:
            return None
        end = max(reached, self.since + timedelta(seconds=self.window_s), at)
        return end if end - at <= LONGEST_FORECAST else None

    def _limit_reached_at(self) -> datetime | None:
        missing = self.limit - self.failures
        if missing <= 0:
            return self.last or self.since
        if self.since is None or self.last is None or self.failures < 2:
            return None
        gap = (self.last - self.since) / (self.failures - 1)
        return self.last + gap * missing
