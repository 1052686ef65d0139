"""A child process of the supervisor."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence

from ops.parent_death_signal import end_with_parent
from ops.settings import ROOT

# A child that ran this long is healthy again: its next death is met with a short pause.
STEADY_S = 60.0
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0


class Child:
    """One command, kept running. It has a session of its own, so that Ctrl-C reaches the supervisor alone."""

    def __init__(
        self, name: str, command: Sequence[str], env: Mapping[str, str], *, quiet: bool = False
    ) -> None:
        """`name` is how the supervisor speaks of it; `quiet`: what it prints is not shown, errors are."""
        self.name = name
        self.restarts = 0
        self._command = list(command)
        self._env = dict(env)
        self._quiet = quiet
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._restart_at: float | None = None
        self._pause_s = FIRST_PAUSE_S

    def start(self, config: bytes | None = None) -> None:
        """Start the command; `config` is handed to it on its standard input."""
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env=self._env,
            stdin=subprocess.DEVNULL if config is None else subprocess.PIPE,
            stdout=subprocess.DEVNULL if self._quiet else None,
            start_new_session=True,
            preexec_fn=end_with_parent(),  # noqa: PLW1509 (the supervisor has no threads)
        )
        if config is not None and self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError), self._process.stdin as pipe:
                pipe.write(config)
        self._started_at = time.monotonic()
        self._restart_at = None

    @property
    def exit_code(self) -> int | None:
        """The exit code, negative for a signal; None while it runs or before it was started."""
        return None if self._process is None else self._process.poll()

    @property
    def age_s(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self._started_at

    def plan_restart(self) -> float | None:
        """If it died, decide when to start it again: the pause in seconds, doubled from death to death.

        None if it runs, or if that was decided already.
        """
        if self.exit_code is None or self._restart_at is not None:
            return None
        self._kill_group()
        self._pause_s = FIRST_PAUSE_S if self.age_s >= STEADY_S else self._pause_s
        pause = self._pause_s
        self._pause_s = min(LONGEST_PAUSE_S, pause * 2)
        self._restart_at = time.monotonic() + pause
        self.restarts += 1
        return pause

    @property
    def restart_is_due(self) -> bool:
        """True once the pause after a death is over."""
        return self._restart_at is not None and time.monotonic() >= self._restart_at

    def ask_to_stop(self) -> None:
        """Send SIGTERM. The command finishes what it has in hand."""
        self._restart_at = None
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait(self, until: float) -> bool:
        """Wait for its end until that moment of the monotonic clock, then kill it. False if it was killed."""
        if self._process is None:
            return True
        try:
            self._process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._kill_group()
            self._process.wait()
            return False
        self._kill_group()
        return True

    def _kill_group(self) -> None:
        """End what the command itself has started and left behind, such as a web server's worker process."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
