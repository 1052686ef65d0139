"""Name lookup beside the loop, in threads that may hang without holding anything up.

libcurl's own threaded resolver is not used: its pool of 20 threads is shared by all transfers, so that two
dozen names whose servers never answer would stop every lookup, and closing the multi handle waits for the
hung ones. Here one slow name costs one thread, callers of the same name share it, and nobody waits for it.
"""

import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

GOOD_FOR_S = 30.0
NOT_FOUND_FOR_S = 5.0
MAX_LOOKUPS = 64
MAX_REMEMBERED = 10_000

Lookup = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class LookUp:
    """What a lookup found: IP addresses in the order to try them, or a fault word and its detail."""

    addresses: tuple[str, ...] = ()
    fault: str | None = None
    detail: str = ""
    good_until: float = 0.0


def system_lookup(host: str) -> list[str]:
    """Ask the system (hosts file, DNS) for the addresses of a name. Blocks. Raises socket.gaierror."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [str(entry[4][0]) for entry in found]


class Names:
    """Lookups under way and answers remembered, for one loop. Only `_look_up` runs in other threads."""

    def __init__(self, lookup: Lookup, ring: Callable[[], None]) -> None:
        """`ring` is called from a lookup's thread when `finished` has news."""
        self._lookup = lookup
        self._ring = ring
        self._remembered: dict[str, LookUp] = {}
        self._under_way: set[str] = set()
        self._queue: dict[str, None] = {}  # in order
        self._finished: deque[tuple[str, LookUp]] = deque()

    def remembered(self, host: str) -> LookUp | None:
        """The answer for a name if a fresh one is known."""
        answer = self._remembered.get(host)
        return answer if answer is not None and answer.good_until > time.monotonic() else None

    def ask(self, host: str) -> None:
        """Begin a lookup, unless one for this name is under way. Never blocks."""
        if host not in self._under_way:
            self._queue[host] = None
            self._begin_waiting()

    def finished(self) -> list[tuple[str, LookUp]]:
        """The lookups that ended since the last call."""
        done = []
        while self._finished:
            host, answer = self._finished.popleft()
            self._under_way.discard(host)
            self._remember(host, answer)
            done.append((host, answer))
        self._begin_waiting()
        return done

    def _begin_waiting(self) -> None:
        while self._queue and len(self._under_way) < MAX_LOOKUPS:
            host = next(iter(self._queue))
            del self._queue[host]
            self._under_way.add(host)
            self._begin(host)

    def _begin(self, host: str) -> None:
        try:
            threading.Thread(target=self._look_up, args=(host,), name="name-lookup", daemon=True).start()
        except RuntimeError as error:  # the system has no thread to give
            self._finished.append((host, LookUp(fault="dns_timeout", detail=str(error))))
            self._ring()

    def _remember(self, host: str, answer: LookUp) -> None:
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.clear()
        if answer.good_until:
            self._remembered[host] = answer

    def _look_up(self, host: str) -> None:
        try:
            answer = _found(self._lookup(host))
        except socket.gaierror as error:
            answer = _not_found(error)
        except (OSError, ValueError) as error:
            answer = LookUp(fault="dns_not_found", detail=str(error))
        self._finished.append((host, answer))
        self._ring()


def _found(addresses: list[str]) -> LookUp:
    unique = tuple(dict.fromkeys(addresses))
    if not unique:
        return LookUp(fault="dns_not_found", detail="The name has no address.")
    return LookUp(addresses=unique, good_until=time.monotonic() + GOOD_FOR_S)


def _not_found(error: socket.gaierror) -> LookUp:
    """EAI_AGAIN and EAI_FAIL are the name server's trouble and worth a retry; the rest is the name's."""
    if error.errno in (socket.EAI_AGAIN, socket.EAI_FAIL):
        return LookUp(fault="dns_timeout", detail=str(error))
    return LookUp(fault="dns_not_found", detail=str(error), good_until=time.monotonic() + NOT_FOUND_FOR_S)
