"""A child of the supervisor: kept running, with ever longer pauses, and ended with all it started."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from ops import child as child_module
from ops.child import Child
from tests.machine.ports import free_port
from tests.machine.processes import Process
from tests.machine.settings import settings_for

NewChild = Callable[[str], Child]


@pytest.fixture
def new_child() -> Iterator[NewChild]:
    """Makes children that run a piece of Python."""
    made: list[Child] = []

    def make(code: str) -> Child:
        made.append(Child("It", [sys.executable, "-c", code], os.environ))
        return made[-1]

    yield make
    for child in made:
        child.wait(time.monotonic())


def ended(child: Child) -> int:
    """Wait for its end, without anything else. Returns the exit code."""
    until = time.monotonic() + 10
    while (code := child.exit_code) is None:
        assert time.monotonic() < until
        time.sleep(0.01)
    return code


def test_what_it_is_told_comes_on_standard_input(new_child):
    child = new_child("import sys; sys.exit(len(sys.stdin.read()))")
    child.start(b"12345")
    assert ended(child) == 5


def test_the_pause_grows_from_death_to_death(new_child):
    child = new_child("")
    pauses = []
    for _ in range(9):
        child.start()
        ended(child)
        pauses.append(child.plan_restart())
        assert child.plan_restart() is None  # it is decided
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert child.restarts == 9


def test_a_child_that_ran_long_is_met_with_a_short_pause(new_child, monkeypatch):
    child = new_child("")
    for _ in range(3):
        child.start()
        ended(child)
        child.plan_restart()
    monkeypatch.setattr(child_module, "STEADY_S", 0.0)
    child.start()
    ended(child)
    assert child.plan_restart() == 0.5


def test_a_restart_is_due_after_the_pause(new_child):
    child = new_child("")
    child.start()
    ended(child)
    child.plan_restart()
    assert not child.restart_is_due
    time.sleep(0.55)
    assert child.restart_is_due
    child.start()
    assert not child.restart_is_due


def test_one_that_ends_in_time_is_not_killed(new_child):
    child = new_child("import time; time.sleep(30)")
    child.start()
    child.ask_to_stop()
    assert child.wait(time.monotonic() + 10) is True


def test_one_that_does_not_listen_is_killed(new_child, tmp_path):
    ready = tmp_path / "ready"
    child = new_child(
        "import pathlib, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f" pathlib.Path({str(ready)!r}).touch(); time.sleep(30)"
    )
    child.start()
    while not ready.exists():
        time.sleep(0.01)
    child.ask_to_stop()
    assert child.wait(time.monotonic() + 0.2) is False
    assert child.exit_code == -9


def test_what_it_left_behind_is_ended(new_child, tmp_path):
    number = tmp_path / "pid"
    child = new_child(
        "import pathlib, subprocess; p = subprocess.Popen(['sleep', '60']);"
        f" pathlib.Path({str(number)!r}).write_text(str(p.pid))"
    )
    child.start()
    ended(child)
    left = psutil.Process(int(number.read_text()))
    child.plan_restart()
    gone, _ = psutil.wait_procs([left], timeout=5)
    assert gone or left.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("patch", ["web_command", "_worker_command"])
def test_a_child_that_fails_at_once_stops_everything(tmp_path, patch):
    code = f"import ops.run as r, sys; r.{patch} = lambda *_: [sys.executable, '-c', 'raise SystemExit(3)']; "
    settings = settings_for(tmp_path / "instance", PORT=str(free_port()))
    program = Process(["-c", code + "sys.exit(r.main())"], settings, tmp_path / "log")
    program.start()
    assert program.wait() == 1
    assert "ended at once with exit code 3" in program.output()
    assert not alive_in(tmp_path)


def alive_in(folder: Path) -> list[psutil.Process]:
    """Processes that were started with an instance folder in here."""
    found = []
    for process in psutil.process_iter():
        try:
            inside = process.environ().get("INSTANCE_DIR", "").startswith(str(folder))
            if inside and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found
