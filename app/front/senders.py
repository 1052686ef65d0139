"""How many bodies of one sender may be on their way at once: each that waits holds memory that all others need too.

A sender is an API key that was found good, or else the network address.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from app.front.requests import RequestHead

# What arrives in one piece is on its way for no time at all, so these are slow ones.
MOST = 512
# Once so many are on their way together, each sender may have a few only: about 25 kB are held for each.
CROWDED, FEW = 2_048, 32


class TooManyBodies(Exception):
    """This sender has enough of them on their way."""


class Senders:
    """Counts, in one event loop."""

    def __init__(self, trusted_proxies: int) -> None:
        """`trusted_proxies`: how many of the last addresses in X-Forwarded-For were written by proxies of ours."""
        self._proxies = trusted_proxies
        self._under_way: defaultdict[str, int] = defaultdict(int)
        self._together = 0

    @contextmanager
    def one_more(self, head: RequestHead) -> Iterator[None]:
        """While the body of this request comes. Raises `TooManyBodies`."""
        sender = head.key_id or self._address(head)
        if self._under_way[sender] >= (MOST if self._together < CROWDED else FEW):
            raise TooManyBodies
        self._under_way[sender] += 1
        self._together += 1
        try:
            yield
        finally:
            self._together -= 1
            self._under_way[sender] -= 1
            if not self._under_way[sender]:
                del self._under_way[sender]

    def _address(self, head: RequestHead) -> str:
        passed_on = (head.header(b"x-forwarded-for") or "").split(",")
        if 0 < self._proxies <= len(passed_on):
            return passed_on[-self._proxies].strip()
        return str((head.scope.get("client") or ("",))[0])
