"""Threads for requests. One that waits for somebody else's server gives its place to another meanwhile."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Work = Callable[[], object]

IDLE_S = 30.0
# So much work may lie there untouched. Who comes then is told so instead of waiting without end.
LONGEST_QUEUE = 1000

log = logging.getLogger(__name__)


class Full(Exception):
    """More waits than is worth waiting behind."""


class Threads:
    """At most `places` threads, started as they are needed; each that lends its place makes room for one more."""

    def __init__(self, places: int, name: str) -> None:
        self._places = places
        self._name = name
        self._waiting: deque[Work] = deque()
        self._changed = threading.Condition()
        self._running = self._idle = 0

    def submit(self, work: Work) -> None:
        """Have it done by a thread. Raises `Full`."""
        with self._changed:
            if len(self._waiting) >= LONGEST_QUEUE:
                raise Full
            self._waiting.append(work)
            self._see_to_it()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """While this lasts, the calling thread waits for somebody else, and another one may run in its place."""
        with self._changed:
            self._places += 1
            self._see_to_it()
        try:
            yield
        finally:
            with self._changed:
                self._places -= 1

    def _see_to_it(self) -> None:
        """With the lock held: wake an idle thread for what waits, or start one."""
        if self._idle:
            self._changed.notify()
        elif self._waiting and self._running < self._places:
            self._running += 1
            threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def _run(self) -> None:
        while (work := self._next()) is not None:
            try:
                work()
            except Exception:
                log.exception("A thread of %s failed", self._name)

    def _next(self) -> Work | None:
        """What to do next; None: this thread is one too many, or had nothing to do for a while."""
        with self._changed:
            while not self._waiting and self._running <= self._places:
                self._idle += 1
                heard = self._changed.wait(IDLE_S)
                self._idle -= 1
                if not heard:
                    break
            if self._waiting and self._running <= self._places:
                return self._waiting.popleft()
            self._running -= 1
            return None
