"""Rounds: every step in its time, until the worker is to stop. Needs SQL and nothing else."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence

from flask import Flask

from app.core.extensions import db
from app.maintenance.late import note_finished
from app.maintenance.registry import STEPS
from app.maintenance.step import Step, Turn

# How long a step that failed rests before it is run again.
REST_AFTER_FAILURE_S = 1.0
NOTE_EVERY_S = 10.0
# SIGTERM waits so long for what is under way; what a step had claimed is found again.
STOP_S = 2.0

log = logging.getLogger(__name__)


class Rounds:
    """Runs steps in threads: those that wait for other people's servers each in its own, the others in one."""

    def __init__(self, app: Flask, stopping: threading.Event, steps: Sequence[Step] = STEPS) -> None:
        """`app` gives database and settings; `stopping` ends the rounds."""
        together = [step for step in steps if not step.waits]
        groups = [*([together] if together else []), *([step] for step in steps if step.waits)]
        self._circles = [_Circle(app, stopping, group) for group in groups]

    def start(self) -> None:
        """Begin."""
        for circle in self._circles:
            circle.start()

    def look_now(self) -> None:
        """Something was ordered: every step looks at once. May be called from any thread."""
        for circle in self._circles:
            circle.look_now()

    def join(self) -> None:
        """Wait a moment for what is under way, once `stopping` is set."""
        self.look_now()
        for circle in self._circles:
            circle.join(STOP_S)


class _Circle(threading.Thread):
    """A thread that runs its steps one after the other, each when it is due, a turn at a time."""

    def __init__(self, app: Flask, stopping: threading.Event, steps: Sequence[Step]) -> None:
        super().__init__(name="-".join(step.name for step in steps)[:60], daemon=True)
        self._app = app
        self._stopping = stopping
        self._steps = steps
        self._due = dict.fromkeys((step.name for step in steps), 0.0)
        self._finished: set[str] = set()
        self._note_at = 0.0
        self._wake = threading.Event()

    def look_now(self) -> None:
        self._wake.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            if self._wake.is_set():
                self._wake.clear()
                self._due = dict.fromkeys(self._due, 0.0)
            for step in self._steps:
                if self._due[step.name] <= time.monotonic() and not self._stopping.is_set():
                    self._run(step)
            self._note()
            self._wake.wait(max(0.0, min(self._due.values()) - time.monotonic()))

    def _run(self, step: Step) -> None:
        with self._app.app_context():
            try:
                more = step.run(Turn(self._stopping.is_set))
            except Exception:  # whatever it is: no other thread runs this step, and the others must not wait
                log.exception("Maintenance: %s failed; it is run again in a moment", step.name)
                db.session.rollback()
                self._due[step.name] = time.monotonic() + max(step.every_s, REST_AFTER_FAILURE_S)
                return
        self._due[step.name] = time.monotonic() + (0.0 if more else step.every_s)
        self._finished.add(step.name)

    def _note(self) -> None:
        if not self._finished or time.monotonic() < self._note_at:
            return
        with self._app.app_context():
            try:
                note_finished(self._finished)
            except Exception:  # as above
                log.exception("Maintenance: what was done could not be noted")
        self._finished.clear()
        self._note_at = time.monotonic() + NOTE_EVERY_S
