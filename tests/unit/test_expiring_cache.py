"""What was found is remembered for a moment, and not longer."""

import pytest

from app.core import expiring_cache
from app.core.expiring_cache import ExpiringCache


@pytest.fixture
def clock(monkeypatch):
    """The time, to be set."""
    now = [100.0]
    monkeypatch.setattr(expiring_cache.time, "monotonic", lambda: now[0])
    return now


def test_a_value_is_kept_for_its_time(clock):
    memory = ExpiringCache(seconds=1.0)
    assert memory.put("a", "x") == "x"
    clock[0] += 0.9
    assert memory.get("a") == "x"
    clock[0] += 0.1
    assert memory.get("a") is None


def test_nothing_is_not_remembered(clock):
    memory = ExpiringCache(seconds=1.0)
    assert memory.put("a", None) is None
    memory.put("b", "x")
    memory.forget("b")
    memory.forget("c")
    assert memory.get("b") is None


def test_it_does_not_grow_for_ever(clock):
    memory = ExpiringCache(seconds=1.0, at_most=3)
    for name in "abcd":
        memory.put(name, name)
    assert [memory.get(name) for name in "abcd"] == [None, None, None, "d"]
