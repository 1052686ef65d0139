"""Name lookup beside the loop, in threads that may hang without holding anything up.

libcurl's own threaded resolver is not used: its pool of 20 threads is shared by all transfers, so that two
dozen names whose servers never answer would stop every lookup, and closing the multi handle waits for the
hung ones. Here one slow name costs one thread, callers of the same name share it, and nobody waits for it.
"""

import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from .bounded import Bounded

GOOD_FOR_S = 30.0
NOT_FOUND_FOR_S = 5.0
# A look-up that hangs costs a thread that sleeps, so there may be many. One owner may have half of them, and names
# that did not answer lately go together through a narrow gate: they must not stand in the way of others again.
MAX_LOOKUPS = 512
MAX_OF_OWNER = 256
MAX_OF_SILENT = 32
SILENT_FOR_S = 300.0
# One that takes longer than this is going to hang, most likely.
SILENT_AFTER_S = 2.0
NO_ANSWER_FOR_S = 5.0
REMEMBERED_BYTES = 2 * 1024 * 1024
ADDRESS_BYTES = 100

Lookup = Callable[[str], list[str]]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a lookup found: IP addresses in the order to try them, or a fault word and its detail."""

    addresses: tuple[str, ...] = ()
    fault: str | None = None
    detail: str = ""
    good_until: float = 0.0


@dataclass(frozen=True, slots=True)
class _Lookup:
    """A lookup in its thread. silent: its name did not answer lately. since: of `time.monotonic`."""

    owner: str
    silent: bool
    since: float


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
        self._remembered: Bounded[str, Resolution] = Bounded(REMEMBERED_BYTES)
        self._silent_until: Bounded[str, float] = Bounded(REMEMBERED_BYTES)
        self._under_way: dict[str, _Lookup] = {}
        self._of_owner: Counter[str] = Counter()
        self._of_silent = 0
        self._queues: dict[str, dict[str, None]] = {}  # by owner, each in order
        self._finished: deque[tuple[str, Resolution]] = deque()

    def remembered(self, host: str) -> Resolution | None:
        """The answer for a name if a fresh one is known."""
        answer = self._remembered.get(host)
        return answer if answer is not None and answer.good_until > time.monotonic() else None

    def ask(self, host: str, owner: str = "") -> None:
        """Begin a lookup, unless one for this name is under way; owners take turns. Never blocks."""
        if host not in self._under_way:
            self._queues.setdefault(owner, {})[host] = None
            self._begin_waiting()

    def finished(self) -> list[tuple[str, Resolution]]:
        """The lookups that ended since the last call."""
        done = []
        while self._finished:
            host, answer = self._finished.popleft()
            self._end(host, answer)
            self._remember(host, answer)
            done.append((host, answer))
        self._begin_waiting()
        return done

    def _begin_waiting(self) -> None:
        """Let each owner begin one, in turn, until nobody may begin any more."""
        began = True
        while began and len(self._under_way) < MAX_LOOKUPS:
            began = False
            for owner in list(self._queues):
                if len(self._under_way) < MAX_LOOKUPS and self._begin_one(owner):
                    began = True

    def _begin_one(self, owner: str) -> bool:
        queue = self._queues[owner]
        if self._of_owner[owner] >= MAX_OF_OWNER:
            return False
        now = time.monotonic()
        for host in queue:
            silent = (self._silent_until.get(host) or 0.0) > now
            if silent and self._of_silent >= MAX_OF_SILENT:
                continue
            del queue[host]
            if not queue:
                del self._queues[owner]
            if host not in self._under_way:  # another owner asked first
                self._under_way[host] = _Lookup(owner, silent, now)
                self._of_owner[owner] += 1
                self._of_silent += silent
                self._begin(host)
            return True
        return False

    def _end(self, host: str, answer: Resolution) -> None:
        ended = self._under_way.pop(host, None)
        if ended is None:
            return
        self._of_owner[ended.owner] -= 1
        if not self._of_owner[ended.owner]:
            del self._of_owner[ended.owner]
        self._of_silent -= ended.silent
        now = time.monotonic()
        if answer.fault == "dns_timeout" or now - ended.since > SILENT_AFTER_S:
            self._silent_until.put(host, now + SILENT_FOR_S, len(host))
        else:
            self._silent_until.forget(host)

    def _begin(self, host: str) -> None:
        try:
            threading.Thread(target=self._look_up, args=(host,), name="name-lookup", daemon=True).start()
        except RuntimeError as error:  # the system has no thread to give
            self._finished.append((host, Resolution(fault="dns_timeout", detail=str(error))))
            self._ring()

    def _remember(self, host: str, answer: Resolution) -> None:
        if answer.good_until:
            size = len(host) + len(answer.detail) + ADDRESS_BYTES * len(answer.addresses)
            self._remembered.put(host, answer, size)

    def _look_up(self, host: str) -> None:
        try:
            answer = _found(self._lookup(host))
        except socket.gaierror as error:
            answer = _not_found(error)
        except (OSError, ValueError) as error:
            answer = Resolution(fault="dns_not_found", detail=str(error))
        self._finished.append((host, answer))
        self._ring()


def _found(addresses: list[str]) -> Resolution:
    unique = tuple(dict.fromkeys(addresses))
    if not unique:
        return Resolution(fault="dns_not_found", detail="The name has no address.")
    return Resolution(addresses=unique, good_until=time.monotonic() + GOOD_FOR_S)


def _not_found(error: socket.gaierror) -> Resolution:
    """EAI_AGAIN and EAI_FAIL are the name server's trouble and worth a retry; the rest is the name's."""
    if error.errno in (socket.EAI_AGAIN, socket.EAI_FAIL):
        return Resolution(
            fault="dns_timeout", detail=str(error), good_until=time.monotonic() + NO_ANSWER_FOR_S
        )
    return Resolution(fault="dns_not_found", detail=str(error), good_until=time.monotonic() + NOT_FOUND_FOR_S)
