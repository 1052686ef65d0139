"""A speed limit: no second holds more than it allows, and it is used up where there is enough to send."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.models.rate_limit import SECOND_US, rate_limit_of

START = 1_790_000_000 * SECOND_US


def starts(rate: int, gaps_us: list[int]) -> list[int]:
    """When messages start if somebody looks for work at these distances and takes all that may go."""
    rate, now, rate_limited, taken = rate_limit_of(rate), START, 0, []
    for gap in gaps_us:
        now += gap
        count = rate.allowed(now, rate_limited)
        if count:
            rate_limited = rate.after(now, rate_limited, count)
            taken += [now] * count
    return taken


@given(rate=st.integers(1, 1000), gaps=st.lists(st.integers(0, 400_000), min_size=1, max_size=60))
def test_no_second_holds_more_than_the_limit(rate, gaps):
    taken = starts(rate, gaps)
    for first in taken:
        assert sum(first <= at < first + SECOND_US for at in taken) <= rate


@given(rate=st.integers(1, 1000))
def test_the_limit_is_used_up_to_a_tenth(rate):
    taken = starts(rate, [10_000] * 1000)  # ten seconds, a look every 10 ms
    assert len(taken) >= 10 * rate * 0.9 - 1
