"""Asking somebody else's server while a person waits: a share for each space, and no thread that others need."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from flask import Flask, current_app
from werkzeug.exceptions import TooManyRequests

# A space asks so many at once, and so many more of its calls wait for their turn, in each web process.
AT_ONCE, IN_LINE = 4, 60
# Whoever asked has given up by then.
LONGEST_WAIT_S = 60.0
RETRY_AFTER_S = 30

_THREADS = "threads_of_requests"


class LendsPlaces(Protocol):
    """A pool of threads, one of whose threads may say that it only waits."""

    def lent(self) -> AbstractContextManager[None]:
        """While this lasts, another thread runs in the place of the calling one."""


class Shares:
    """How many calls of each space are under way or in line."""

    def __init__(
        self, at_once: int = AT_ONCE, in_line: int = IN_LINE, longest_wait_s: float = LONGEST_WAIT_S
    ) -> None:
        self._at_once, self._most, self._longest_wait_s = at_once, at_once + in_line, longest_wait_s
        self._under_way: Counter[str] = Counter()
        self._here: Counter[str] = Counter()
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, space_id: str) -> Iterator[None]:
        """One of the space's places, once it is free. Raises werkzeug's `TooManyRequests` if too many wait for one."""
        self._enter(space_id)
        try:
            yield
        finally:
            with self._changed:
                self._count(self._under_way, space_id, -1)
                self._count(self._here, space_id, -1)
                self._changed.notify_all()

    def _enter(self, space_id: str) -> None:
        with self._changed:
            if self._here[space_id] >= self._most:
                raise TooManyRequests(retry_after=RETRY_AFTER_S)
            self._here[space_id] += 1
            free = self._changed.wait_for(
                lambda: self._under_way[space_id] < self._at_once, self._longest_wait_s
            )
            if not free:
                self._count(self._here, space_id, -1)
                raise TooManyRequests(retry_after=RETRY_AFTER_S)
            self._under_way[space_id] += 1

    @staticmethod
    def _count(counter: Counter[str], space_id: str, change: int) -> None:
        counter[space_id] += change
        if not counter[space_id]:
            del counter[space_id]


_shares = Shares()


def bind_threads(threads: LendsPlaces) -> None:
    """From now on the current application's requests run in these threads."""
    current_app.extensions[_THREADS] = threads


def lent_place(app: Flask) -> AbstractContextManager[None]:
    """While this lasts, another thread runs in the place of the one that a request of this app holds."""
    threads: LendsPlaces | None = app.extensions.get(_THREADS)
    return threads.lent() if threads else nullcontext()


@contextmanager
def asking_others(space_id: str) -> Iterator[None]:
    """Around every call to somebody else's server that a request waits for. No transaction may be open.

    Raises werkzeug's `TooManyRequests` if too many calls of this space wait already.
    """
    with lent_place(current_app), _shares.taken(space_id):
        yield
