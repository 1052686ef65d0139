"""Disable policy: how close a failing webhook is to being turned off by us (B3).

The engine turns it off once it has failed `limit` times in a row *and* for at least `window_s`; this says
how far it is on that way, and when it will be there. The one place of both rules: what counts, and what
can be foretold.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# Further ahead nobody can say anything about a pace, and failures that all fell into less than this have none.
LONGEST_FORECAST = timedelta(days=7)
PACE_AFTER = timedelta(minutes=1)

# How many failures of a run count. Where it must also have failed for some time, those that ended within the same
# second are one, because a burst in flight fails together; where no time is asked (as S1 has it), each counts.
FAILURES_COUNTED = (
    "case when webhook.failure_window_s > 0 then lane.failing_seconds else lane.failures_in_a_row end"
)


def counted(window_s: int, in_a_row: int, seconds: int) -> int:
    """What FAILURES_COUNTED says in SQL."""
    return seconds if window_s > 0 else in_a_row


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is to come if it goes on failing. All of it holds at any pace, but for `at`.

    missing: so many failures more turn it off (1 or more). not_before: but none before that moment; None: any
    may. at: when that will be at the pace so far; None if no pace can be told.
    """

    missing: int
    not_before: datetime | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class DisablePolicy:
    """The two thresholds of a webhook, and its run of failed tries: how many count, since when, the last when."""

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

    def forecast(self, at: datetime) -> Forecast | None:
        """What is to come, as seen at that moment; None while it does not fail."""
        if self.since is None or not self.failures:
            return None
        window_ends = self.since + timedelta(seconds=self.window_s)
        not_before = window_ends if self.window_s and window_ends > at else None
        missing = max(1, self.limit - self.failures)
        return Forecast(missing, not_before, self._at_this_pace(at, missing, window_ends))

    def _at_this_pace(self, at: datetime, missing: int, window_ends: datetime) -> datetime | None:
        """A burst is no pace, and silence since the last failure slows it down."""
        if self.since is None or self.last is None or self.failures < 2:
            return None
        if self.last - self.since < PACE_AFTER:
            return None
        gap = (at - self.since) / (self.failures - 1)
        end = max(at + gap * missing, window_ends)
        return end if end - at <= LONGEST_FORECAST else None
