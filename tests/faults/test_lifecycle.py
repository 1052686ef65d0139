"""The state machine of `lifecycle`: a few lives at every run, many in `make test-faults`."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from app.core import ids, times
from app.outbound import loop
from tests.faults.lifecycle import Clock, Lifecycle


@pytest.fixture
def live(app, new_receiver, monkeypatch):
    """Runs so many lives of so many steps."""
    clock = Clock()
    monkeypatch.setattr(ids, "time", clock)
    monkeypatch.setattr(times, "time", clock)
    monkeypatch.setattr(loop, "time", clock)

    def run(lives: int, steps: int) -> None:
        profile = settings(
            max_examples=lives,
            stateful_step_count=steps,
            # A life that failed is told as it was: to find a shorter one takes minutes.
            phases=(Phase.generate,),
            database=None,
            derandomize=lives < 50,  # the few are the same at every run
            suppress_health_check=list(HealthCheck),
        )
        run_state_machine_as_test(lambda: Lifecycle(app, new_receiver, clock), settings=profile)

    return run


def test_a_few_lives(live, database_url):
    live(*((12, 20) if database_url.startswith("sqlite") else (4, 15)))


@pytest.mark.slow_faults
def test_many_lives(live, database_url):
    live(*((150, 40) if database_url.startswith("sqlite") else (40, 30)))
