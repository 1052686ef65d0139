"""How close a failing webhook is to being turned off, and when it will be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

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
    assert DisablePolicy(10, 0, 0, None, NOW).ends_at(NOW) is None


@pytest.mark.parametrize(
    ("given", "minutes"),
    [
        ({"failures": 5, "since_min": 16}, 20),  # 4 gaps of 4 minutes; 5 are missing
        ({"failures": 5, "since_min": 16, "last_min": 4}, 11),
        ({"failures": 10, "window_min": 60, "since_min": 16}, 44),  # only the time is missing
        ({"failures": 5, "window_min": 20, "since_min": 16}, 20),
        ({"failures": 2, "since_min": 30, "last_min": 29}, 0),  # it should have come to it by now
    ],
)
def test_the_forecast(given, minutes):
    assert disable_policy(**given).ends_at(NOW) == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "given", [{"failures": 1, "since_min": 0}, {"failures": 5, "since_min": 60 * 24 * 30}]
)
def test_no_forecast_without_a_pace_or_beyond_a_week(given):
    assert disable_policy(**given).ends_at(NOW) is None
