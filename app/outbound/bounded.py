"""A memory that is bounded in bytes: what strangers send is never remembered without limit."""

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# What an entry costs besides its content: keys, tuples, the slots of a dictionary.
ENTRY_BYTES = 300


class Bounded(Generic[K, V]):
    """Values by key, of at most `bytes_at_most` together by their callers' reckoning.

    When it is full it forgets the older half, in the order in which they were put. What is larger than a
    sixteenth of the whole is not remembered: one of them must not push out many. For one thread at a time.
    """

    __slots__ = ("_at_most", "_kept", "size")

    def __init__(self, bytes_at_most: int) -> None:
        self._at_most = bytes_at_most
        self._kept: dict[K, tuple[V, int]] = {}
        self.size = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: K) -> V | None:
        """What is remembered under that key."""
        kept = self._kept.get(key)
        return None if kept is None else kept[0]

    def put(self, key: K, value: V, size: int) -> V:
        """Remember a value and return it. size: bytes of key and value."""
        self.forget(key)
        size += ENTRY_BYTES
        if size * 16 > self._at_most:
            return value
        while self.size + size > self._at_most:
            self._forget_half()
        self._kept[key] = (value, size)
        self.size += size
        return value

    def forget(self, key: K) -> None:
        """Forget what is remembered under that key."""
        kept = self._kept.pop(key, None)
        if kept is not None:
            self.size -= kept[1]

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self.size = 0

    def _forget_half(self) -> None:
        for key in list(self._kept)[: len(self._kept) // 2 + 1]:
            self.forget(key)
