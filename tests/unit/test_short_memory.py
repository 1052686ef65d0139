"""What was found is remembered for a moment, and not longer."""

import pytest

from app.services import short_memory
from app.services.short_memory import ShortMemory


@pytest.fixture
def clock(monkeypatch):
    """The time, to be set."""
    now = [100.0]
    monkeypatch.setattr(short_memory.time, "monotonic", lambda: now[0])
    return now


def test_a_value_is_kept_for_its_time(clock):
    memory = ShortMemory(seconds=1.0)
    assert memory.put("a", "x") == "x"
    clock[0] += 0.9
    assert memory.get("a") == "x"
    clock[0] += 0.1
    assert memory.get("a") is None


def test_nothing_is_not_remembered(clock):
    memory = ShortMemory(seconds=1.0)
    assert memory.put("a", None) is None
    memory.put("b", "x")
    memory.forget("b")
    memory.forget("c")
    assert memory.get("b") is None


def test_it_does_not_grow_for_ever(clock):
    memory = ShortMemory(seconds=1.0, at_most=3)
    for name in "abcd":
        memory.put(name, name)
    assert [memory.get(name) for name in "abcd"] == [None, None, None, "d"]
