"""SQLite's log is copied back into the database beside the engine, little by little.

A commit that finds the log long copies it back before it returns, and waits for the disk: 60 to 90 ms for
32 MB (measured), in which no transfer goes on. Another connection may do the same while commits go on. What
is left for such a commit is short then, and behind it the log begins anew.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from contextlib import closing

# Outcomes between two copies: some 4 MB of log if answers are short.
EVERY = 2000

log = logging.getLogger(__name__)


class Checkpoints:
    """Copies the log back now and then, in a thread, with connections of its own."""

    def __init__(self, path: str) -> None:
        """`path`: of the database."""
        self._path = path
        self._since = 0
        self._due = threading.Event()
        self._closing = False
        self._thread: threading.Thread | None = None

    def note(self, outcomes: int) -> None:
        """So many more outcomes have been committed."""
        self._since += outcomes
        if self._since < EVERY:
            return
        self._since = 0
        self._due.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="checkpoints", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Finish the copy that is under way."""
        if self._thread is not None:
            self._closing = True
            self._due.set()
            self._thread.join()

    def _work(self) -> None:
        while self._due.wait() and not self._closing:
            self._due.clear()
            try:
                self._copy()
            except sqlite3.OperationalError as error:  # the log grows meanwhile; nothing is lost
                log.warning("The log could not be copied into the database: %s", error)

    def _copy(self) -> None:
        with closing(sqlite3.connect(self._path)) as db:
            db.execute("pragma wal_checkpoint(passive)")
