"""The clock of a worker's machine is stepped under way, forward and back: nothing is lost.

By libfaketime, in a real worker: its clock is real time and what stands in a file. Time limits and pauses run
on the monotonic clock, which no step touches.
"""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func

from app.core.extensions import db
from app.core.times import utc_now
from app.models import Attempt
from tests.machine.receiver import Answer

pytestmark = pytest.mark.slow_faults

HOUR_S = 3600


class Clock:
    """What one worker's clock is ahead of the real one."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.step(0)

    def step(self, seconds: int) -> None:
        """From now on it is so far ahead of the real one."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.replace(self._file)

    @property
    def settings(self) -> dict[str, str]:
        """What a process needs in its environment to go by it."""
        return {
            "LD_PRELOAD": str(_library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_RESET": "1",
        }


def _library() -> Path:
    for folder in (Path("/usr/lib"), Path("/usr/local/lib"), Path("/opt/homebrew/lib")):
        for found in folder.glob("**/faketime/libfaketimeMT.so.1"):
            return found
    raise RuntimeError("libfaketime is missing: run `sh ops/test_machine.sh`.")


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    """A clock that can be stepped."""
    return Clock(tmp_path / "clock")


def test_a_step_forward_in_mid_flight(installation, new_worker, receiver, clock):
    receiver.always(Answer(200, delay_s=0.4))
    installation.add_webhook(max_in_flight=20)
    worker = new_worker(**clock.settings)
    installation.publish(60)
    receiver.wait_for(10)
    clock.step(HOUR_S)
    installation.publish(20)
    installation.wait_until_done()
    installation.assert_promises()
    assert worker.exit_code is None
    with installation.app.app_context():
        last = db.session.query(func.max(Attempt.started_at)).scalar()
    assert last - utc_now() > timedelta(minutes=50), "the clock was not stepped"


def test_a_step_back_in_mid_flight_and_right_again(installation, new_worker, receiver, clock):
    """Meanwhile it is too early for what waits; a worker whose clock is right takes it."""
    receiver.always(Answer(200, delay_s=0.4))
    installation.add_webhook(max_in_flight=20)
    new_worker(**clock.settings)
    installation.publish(40)
    receiver.wait_for(10)
    clock.step(-HOUR_S)
    installation.publish(20)
    time.sleep(1)
    clock.step(0)
    installation.publish(20)
    installation.wait_until_done()
    installation.assert_promises()
