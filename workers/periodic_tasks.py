"""Periodic tasks: periodic work that waits for other servers, in threads beside the delivery loop.

Not jobs of RQ's: a job runs where deliveries run, and a mail server that is silent would hold them up.
They need no Redis either. Several processes may run them: each takes what no other has taken.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from flask import Flask

from app.maintenance import tasks

EVERY_S = 5.0
TASKS = (tasks.tell_people, tasks.look_who_is_back)
# SIGTERM waits so long for one that is under way; what it had claimed is found again.
GIVE_UP_AFTER_S = 2.0

log = logging.getLogger(__name__)


class PeriodicTasks:
    """Runs every task every few seconds, each in its own thread, until it is told to stop."""

    def __init__(self, app: Flask, stopping: threading.Event, every_s: float = EVERY_S) -> None:
        """`app` gives database and settings."""
        self._app = app
        self._stopping = stopping
        self._every_s = every_s
        self._threads = [
            threading.Thread(target=self._run, args=(task,), name=task.__name__, daemon=True)
            for task in TASKS
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait a moment for what is under way, once `stopping` is set."""
        for thread in self._threads:
            thread.join(GIVE_UP_AFTER_S)

    def _run(self, task: Callable[[Callable[[], bool]], None]) -> None:
        while not self._stopping.wait(self._every_s):
            with self._app.app_context():
                try:
                    task(self._stopping.is_set)
                except Exception:  # whatever it is: no other thread runs this task
                    log.exception("The errand %s failed; it is run again in a moment", task.__name__)
