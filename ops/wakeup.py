"""Signals as something that can be waited for."""

from __future__ import annotations

import select
import signal
import socket
from types import FrameType


class Wakeup:
    """Wakes the supervisor when a child ends or somebody asks it to stop, and remembers the latter."""

    def __init__(self) -> None:
        """From here on SIGINT and SIGTERM no longer end this process by themselves."""
        self.stop_asked = False
        self._ear, mouth = socket.socketpair()
        self._mouth = mouth  # kept open
        for end in (self._ear, mouth):
            end.setblocking(False)
        signal.set_wakeup_fd(mouth.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def wait(self, seconds: float) -> None:
        """Wait that long, or until a signal comes."""
        if self.stop_asked:
            return
        select.select([self._ear], [], [], seconds)
        try:
            while self._ear.recv(1024):
                pass
        except BlockingIOError:
            pass

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stop_asked = True
