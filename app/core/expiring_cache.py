"""Remembers what was found for a moment, so that a busy caller does not cost a look each time."""

from __future__ import annotations

import time
from typing import Generic, TypeVar

T = TypeVar("T")


class ExpiringCache(Generic[T]):
    """Values by name, each for at most `seconds` since it was put. Safe to use from many threads.

    It forgets everything when it holds `at_most` values: many names that are used once must not fill it.
    """

    def __init__(self, seconds: float, at_most: int = 10_000) -> None:
        self._seconds = seconds
        self._at_most = at_most
        self._kept: dict[str, tuple[float, T]] = {}

    def get(self, name: str) -> T | None:
        """What is remembered under that name."""
        kept = self._kept.get(name)
        return kept[1] if kept and time.monotonic() - kept[0] < self._seconds else None

    def put(self, name: str, value: T | None) -> T | None:
        """Remember a value, unless it is None. Returns it."""
        if value is not None:
            if len(self._kept) >= self._at_most:
                self._kept.clear()
            self._kept[name] = (time.monotonic(), value)
        return value

    def forget(self, name: str) -> None:
        """Forget what is remembered under that name."""
        self._kept.pop(name, None)
