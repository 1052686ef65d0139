"""The real program as processes: the web server, a worker, or all of it as `make run` starts it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import requests

from ops.parent_death_signal import end_with_parent
from tests.machine.settings import environment

ROOT = Path(__file__).resolve().parents[2]
START_S = 60.0
STOP_S = 60.0


class Process:
    """One process of the program. Start it from a test's main thread: it ends when that thread does."""

    def __init__(
        self,
        command: Sequence[str],
        settings: dict[str, str],
        log: Path,
        through: Sequence[str] = (),
        root: Path = ROOT,
    ) -> None:
        """`through`: a program that runs it, with its arguments. `root`: the tree that it is started in."""
        self.settings = settings
        self.log = log
        self._root = root
        self._command = [*through, sys.executable, *command]
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where its web server listens."""
        return f"http://127.0.0.1:{self.settings['PORT']}"

    @property
    def pid(self) -> int:
        """Its process id."""
        if self._popen is None:
            raise RuntimeError("It was not started.")
        return self._popen.pid

    @property
    def started(self) -> bool:
        """True once it was started."""
        return self._popen is not None

    @property
    def exit_code(self) -> int | None:
        """Its exit code; None while it runs."""
        return None if self._popen is None else self._popen.poll()

    def output(self) -> str:
        """What it printed so far, in all its lives."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def start(self) -> None:
        """Start it, and do not wait for anything."""
        with self.log.open("ab") as file:
            self._popen = subprocess.Popen(
                self._command,
                cwd=self._root,
                env=environment(self.settings),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent(),  # noqa: PLW1509 (it calls prctl, no Python locks)
            )

    def family(self) -> list[psutil.Process]:
        """Itself and everything it started that lives."""
        try:
            me = psutil.Process(self.pid)
            return [me, *me.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def find(self, words: str) -> psutil.Process:
        """The oldest process of its family with these words in its command line."""
        for process in self.family():
            if words in " ".join(process.cmdline()):
                return process
        raise LookupError(f"No process with {words!r}; it said:\n{self.output()}")

    def kill(self) -> None:
        """kill -9 it and everything it started."""
        for process in self.family():
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        self.wait()

    def terminate(self) -> int:
        """SIGTERM, then wait. Returns the exit code."""
        return self.stop(signal.SIGTERM)

    def stop(self, number: int) -> int:
        """Send it that signal, then wait. Returns the exit code."""
        if self._popen is not None:
            self._popen.send_signal(number)
        return self.wait()

    def wait(self, seconds: float = STOP_S) -> int:
        """Wait for its end. Returns the exit code."""
        return -1 if self._popen is None else self._popen.wait(seconds)

    def wait_for(self, text: str, seconds: float = START_S) -> re.Match[str]:
        """Wait until it printed something that the expression finds."""
        until = time.monotonic() + seconds
        while (found := re.search(text, self.output(), re.MULTILINE)) is None:
            if self.exit_code is not None or time.monotonic() > until:
                raise AssertionError(f"It never said {text!r}, but:\n{self.output()}")
            time.sleep(0.02)
        return found

    def wait_for_health(self, seconds: float = START_S) -> None:
        """Wait until its web server answers."""
        until = time.monotonic() + seconds
        while not self.is_healthy():
            if self.exit_code is not None or time.monotonic() > until:
                raise AssertionError(f"It never answered at {self.url}; it said:\n{self.output()}")
            time.sleep(0.05)

    def is_healthy(self) -> bool:
        """True if its web server answers /healthz with 200."""
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).status_code == 200
        except requests.RequestException:
            return False


def web(settings: dict[str, str], log: Path) -> Process:
    """The web server alone, as `make web` starts it."""
    return Process(["-m", "ops.web"], settings, log)


def worker(
    settings: dict[str, str], log: Path, *, schedule: bool = True, through: Sequence[str] = ()
) -> Process:
    """One worker."""
    return Process(["-m", "workers", *(["--schedule"] if schedule else [])], settings, log, through)


def maintenance(settings: dict[str, str], log: Path) -> Process:
    """One maintenance worker."""
    return Process(["-m", "workers", "--maintenance"], settings, log)


def program(settings: dict[str, str], log: Path) -> Process:
    """Everything, as `make run` starts it."""
    return Process(["-m", "ops.run"], settings, log)
