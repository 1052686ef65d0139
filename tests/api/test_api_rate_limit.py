"""A key that calls too often waits; publishing and other keys do not."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from limits import RateLimitItemPerMinute
from limits.storage import memory

from app.api import rate_limit as rate_limiting
from app.api.rate_limit import RequestLimit
from tests.api.conftest import Caller
from tests.api.problems import problem

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, in seconds; three calls a minute are allowed."""
    now = [1000.0]
    fake = SimpleNamespace(time=lambda: now[0])
    monkeypatch.setattr(memory, "time", fake)
    monkeypatch.setattr(rate_limiting, "time", fake)
    monkeypatch.setattr(rate_limiting, "rate", RequestLimit(RateLimitItemPerMinute(3)))
    return now


def test_the_fourth_call_waits_until_the_minute_is_over(
    call: Caller, other: Caller, clock: list[float]
) -> None:
    for _ in range(3):
        assert call("GET", "/webhooks").status_code == 200
    clock[0] += 40
    refused = call("POST", "/webhooks", {"name": "CRM"})
    assert "3 times a minute" in problem(refused, 429, "too-many-requests")["detail"]
    assert refused.headers["Retry-After"] == "20"  # of the minute that began with the first call
    assert other("GET", "/webhooks").status_code == 200
    clock[0] += 20
    assert call("GET", "/webhooks").status_code == 200


def test_events_are_taken_at_any_pace(call: Caller, clock: list[float]) -> None:
    for _ in range(5):
        call.publish()
    assert call("GET", "/webhooks").status_code == 200
