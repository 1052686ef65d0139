"""The maintenance worker: runs the steps of `app.maintenance` on its own clock; RQ only tells it to look at once."""

from __future__ import annotations

import threading
from functools import cache

from flask import Flask

from app import create_app
from app.core.doorbell import MAINTENANCE_QUEUE
from app.maintenance.rounds import Rounds


class MaintenanceRuntime:
    """What a maintenance worker keeps: its app and its rounds, which need SQL and no Redis."""

    queue = MAINTENANCE_QUEUE
    needs_sweeps = False

    def __init__(self, app: Flask) -> None:
        """The rounds begin at once."""
        self.redis_url: str | None = app.config["SETTINGS"].redis_url
        self.stopping = threading.Event()
        self.app = app
        self._rounds = Rounds(app, self.stopping)
        self._rounds.start()

    def sweep(self) -> None:
        """Let every step look at once."""
        self._rounds.look_now()

    def close(self) -> None:
        """End the rounds."""
        self.stopping.set()
        self._rounds.join()


@cache
def maintenance_runtime() -> MaintenanceRuntime:
    """The runtime of this process, opened on first use."""
    return MaintenanceRuntime(create_app())
