"""How close a failing webhook is to being turned off, and when it will be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.disable_policy import DisablePolicy

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def disable_policy(limit=10, window_min=0, failures=5, since_min=40, last_min=0) -> DisablePolicy:
    """A run of failures that began and went on so many minutes ago."""
    return DisablePolicy(
        limit,
        window_min * 60,
        failures,
        NOW - timedelta(minutes=since_min),
        NOW - timedelta(minutes=last_min),
    )


@pytest.mark.parametrize(
    ("limit", "window_min", "failures", "since_min", "half"),
    [
        (10, 0, 4, 40, False),
        (10, 0, 5, 40, True),
        (9, 0, 4, 40, False),
        (9, 0, 5, 40, True),
        (2, 0, 1, 0, True),
        (10, 60, 9, 29, False),
        (10, 60, 9, 30, True),
        (10, 60, 4, 59, False),
    ],
)
def test_half_is_half_of_both(limit, window_min, failures, since_min, half):
    assert disable_policy(limit, window_min, failures, since_min).is_half_used(NOW) is half


def test_who_does_not_fail_is_patient():
    assert not DisablePolicy(10, 0, 0, None, None).is_half_used(NOW)
    assert DisablePolicy(10, 0, 0, None, NOW).forecast(NOW) is None


@pytest.mark.parametrize(
    ("given", "missing", "not_before_min", "at_min"),
    [
        ({"failures": 5, "since_min": 16}, 5, None, 20),  # 4 gaps of 4 minutes; 5 are missing
        ({"failures": 5, "since_min": 16, "last_min": 4}, 5, None, 20),  # silence since then is no failure
        ({"failures": 2, "since_min": 30, "last_min": 29}, 8, None, 240),
        ({"failures": 5, "window_min": 20, "since_min": 16}, 5, 4, 20),
        ({"failures": 10, "window_min": 60, "since_min": 16}, 1, 44, 44),  # only the time is missing
        ({"failures": 10, "window_min": 10, "since_min": 16}, 1, None, 1.7777),
    ],
)
def test_the_forecast(given, missing, not_before_min, at_min):
    forecast = disable_policy(**given).forecast(NOW)
    assert forecast.missing == missing
    assert forecast.not_before == (NOW + timedelta(minutes=not_before_min) if not_before_min else None)
    assert abs((forecast.at - NOW).total_seconds() - at_min * 60) < 1


@pytest.mark.parametrize(
    "given",
    [
        {"failures": 1, "since_min": 0},
        {"failures": 3, "since_min": 0},  # a burst
        {"failures": 3, "since_min": 10, "last_min": 9.5},  # a burst, ten minutes ago
        {"failures": 5, "since_min": 60 * 24 * 30},  # beyond a week
    ],
)
def test_no_time_without_a_pace_or_beyond_a_week(given):
    forecast = disable_policy(**given).forecast(NOW)
    assert forecast.missing == 10 - given["failures"]
    assert forecast.at is None


@given(
    limit=st.integers(1, 50),
    window_s=st.integers(0, 3600),
    gaps=st.lists(st.integers(0, 600_000), min_size=1, max_size=60),
)
def test_what_is_foretold_comes_true(limit, window_s, gaps):
    """Failure by failure: it is turned off by the one that was foretold, and by none before."""
    ended, run = NOW, DisablePolicy(limit, window_s, 0, None, None)
    for gap in gaps:
        ended += timedelta(milliseconds=gap)
        forecast = run.forecast(ended)
        seconds = {int(run.last.timestamp()) if run.last else None}
        counts = window_s == 0 or int(ended.timestamp()) not in seconds
        run = DisablePolicy(limit, window_s, run.failures + counts, run.since or ended, ended)
        off = run.failures >= limit and run.since + timedelta(seconds=window_s) <= ended
        if forecast is not None and counts:
            assert off == (forecast.missing == 1 and forecast.not_before is None)
        if off:
            return
