"""When an engine keeps more transfers in flight, and when fewer. The clock is ours."""

from __future__ import annotations

import pytest

from app.sending.engine import window
from app.sending.engine.window import LOOK_EVERY_S, SMALLEST, TransferWindow

LARGEST = 500


class Clock:
    """What `time` says to the window: the wall's time, and the processor's."""

    def __init__(self) -> None:
        self.wall = self.worked = 0.0

    def monotonic(self) -> float:
        return self.wall

    def process_time(self) -> float:
        return self.worked

    def pass_time(self, seconds: float, share: float) -> None:
        """So long, of which the process works `share`."""
        self.wall += seconds
        self.worked += seconds * share


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(window, "time", made)
    return made


def periods(one: TransferWindow, clock: Clock, count: int, share: float, finished: int) -> None:
    """Work waits all the time; in each period that share is worked and so many transfers end."""
    one.look(waiting=True)
    for _ in range(count):
        clock.pass_time(LOOK_EVERY_S, share)
        one.note_finished(finished)
        one.look(waiting=True)


def test_slow_answers_open_it_up_to_the_limit(clock):
    one = TransferWindow(LARGEST)
    periods(one, clock, 10, share=0.1, finished=0)
    assert one.size == LARGEST
    assert not one.is_smallest


def test_answers_that_come_at_once_do_not_open_it(clock):
    """Something else has the processor; more in flight would only ask for more of it."""
    one = TransferWindow(LARGEST)
    periods(one, clock, 10, share=0.4, finished=4 * SMALLEST)
    assert one.size == SMALLEST


def test_a_busy_process_closes_it_again(clock):
    one = TransferWindow(LARGEST)
    periods(one, clock, 10, share=0.1, finished=0)
    periods(one, clock, 20, share=1.0, finished=200)
    assert one.size == SMALLEST
    assert one.is_smallest


def test_time_without_work_does_not_count(clock):
    one = TransferWindow(LARGEST)
    for _ in range(10):
        clock.pass_time(1.0, 0.0)
        one.look(waiting=False)
        one.look(waiting=True)
    assert one.size == SMALLEST


def test_a_small_limit_is_kept(clock):
    one = TransferWindow(10)
    periods(one, clock, 5, share=0.0, finished=0)
    periods(one, clock, 5, share=1.0, finished=0)
    assert one.size == 10
