"""When outcomes are recorded: at once, or when there are enough for a transaction. The clock is ours."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from app.sending.engine import outcomes
from app.sending.engine.outcomes import (
    RECORD_AFTER_BUSY_S,
    RECORD_AFTER_S,
    RECORD_AT,
    WORTH_RECORDING,
    Outcomes,
)

MANY = 10_000


@pytest.fixture
def clock(monkeypatch) -> SimpleNamespace:
    made = SimpleNamespace(now=100.0)
    monkeypatch.setattr(outcomes, "time", SimpleNamespace(monotonic=lambda: made.now))
    return made


def with_outcomes(count: int) -> Outcomes:
    entry: Any = object()
    made = Outcomes()
    made.add([entry] * count)
    return made


def due(some: Outcomes, claimed: int = MANY, **states: bool) -> bool:
    return some.are_due(
        claimed, **{"flowing": False, "busy": False, "database_worker_waits": False, **states}
    )


def test_nothing_is_never_due(clock):
    clock.now += 60
    assert not due(with_outcomes(0), claimed=0, flowing=True, database_worker_waits=True)


def test_all_there_is_or_many_are_due_at_once(clock):
    assert due(with_outcomes(3), claimed=3)
    assert not due(with_outcomes(3), claimed=4)
    assert due(with_outcomes(RECORD_AT))
    assert not due(with_outcomes(RECORD_AT - 1))


@pytest.mark.parametrize(("busy", "limit"), [(False, RECORD_AFTER_S), (True, RECORD_AFTER_BUSY_S)])
def test_others_wait_so_long_since_the_first_of_them(clock, busy, limit):
    some = with_outcomes(1)
    clock.now += limit * 0.9
    assert not due(some, busy=busy)
    some.add(some.take())
    clock.now += limit * 0.9
    assert not due(some, busy=busy)
    clock.now += limit * 0.2
    assert due(some, busy=busy)


def test_later_ones_do_not_put_off_the_first(clock):
    some = with_outcomes(1)
    clock.now += RECORD_AFTER_S * 0.9
    some.add(with_outcomes(1).take())
    clock.now += RECORD_AFTER_S * 0.2
    assert due(some)


def test_a_database_worker_that_waits_gets_what_is_worth_it_while_deliveries_flow(clock):
    some = with_outcomes(WORTH_RECORDING)
    assert due(some, flowing=True, database_worker_waits=True)
    assert not due(some, flowing=True)
    assert not due(some, database_worker_waits=True)
    assert not due(with_outcomes(WORTH_RECORDING - 1), flowing=True, database_worker_waits=True)


def test_what_was_taken_is_not_there_any_more(clock):
    some = with_outcomes(3)
    assert len(some.take()) == 3
    assert some.take() == []
