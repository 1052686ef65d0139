"""What requests need to know each time, kept for a second at most, and dropped at once when it changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Generic, TypeVar

T = TypeVar("T")

LASTS_S = 1.0
# Older than this it is read anew beside the request that asks, so that hardly anybody waits for a look.
REFRESH_S = 0.4
AT_MOST = 10_000


class Remembered(Generic[T]):
    """Values by name, read by `read` in a thread; also that there is none (None). For one event loop.

    A value is as old as the moment in which its reading began, so that it never counts for longer than `LASTS_S`.
    """

    def __init__(self, read: Callable[[str], T], pool: Executor, at_most: int = AT_MOST) -> None:
        """`at_most`: values that are kept together; large ones need a smaller number."""
        self._at_most = at_most
        self._read = read
        self._pool = pool
        self._kept: dict[str, tuple[float, T]] = {}
        self._reading: dict[str, asyncio.Future[T]] = {}

    def get(self, name: str) -> T | asyncio.Future[T]:
        """The value, or a future of it if it has to be read. Many who ask at once share one look."""
        kept, now = self._kept.get(name), asyncio.get_running_loop().time()
        if kept is None or now - kept[0] >= LASTS_S:
            return self._reading.get(name) or self._look(name, now)
        if now - kept[0] >= REFRESH_S and name not in self._reading:
            self._look(name, now)
        return kept[1]

    async def find(self, name: str) -> T:
        """The value. Raises what `read` raises."""
        found = self.get(name)
        return await asyncio.shield(found) if isinstance(found, asyncio.Future) else found

    def forget(self, name: str) -> None:
        """What is remembered, and what a look under way is going to find, counts no longer."""
        self._kept.pop(name, None)
        self._reading.pop(name, None)

    def _look(self, name: str, now: float) -> asyncio.Future[T]:
        future = asyncio.get_running_loop().run_in_executor(self._pool, self._read, name)
        self._reading[name] = future
        future.add_done_callback(lambda done: self._keep(name, now, done))
        return future

    def _keep(self, name: str, began: float, done: asyncio.Future[T]) -> None:
        failed = done.cancelled() or done.exception() is not None
        if self._reading.get(name) is not done:
            return  # it was forgotten meanwhile
        del self._reading[name]
        if failed:
            return
        if len(self._kept) >= self._at_most:
            self._kept.clear()
        self._kept[name] = (began, done.result())
