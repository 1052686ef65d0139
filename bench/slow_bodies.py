"""Clients that promise a body and send a byte of it now and then, many to each of many addresses."""

from __future__ import annotations

import contextlib
import heapq
import select
import socket
import threading
import time
from collections.abc import Sequence

LENGTH, BYTE_EVERY_S, AGAIN_AFTER_S = 100_000, 5.0, 20.0
# So many begin in a second: they come one after the other, as clients from outside do.
BEGUN_PER_S = 400


class SlowBodies:
    """Connections that are never done. One that is answered, or cut, is begun anew a while later."""

    def __init__(self, port: int, heads: Sequence[bytes]) -> None:
        """`heads`: of each request, a connection is opened for every one of them."""
        self._address = ("127.0.0.1", port)
        self._heads = heads
        self._peers: dict[int, socket.socket] = {}
        self._slots: dict[int, int] = {}
        self._over: set[int] = set()
        self._poll = select.epoll()
        self.begun = self.ended = 0

    @property
    def open(self) -> int:
        """How many are open now."""
        return len(self._peers)

    def run(self, stop: threading.Event) -> None:
        """Be slow until told to stop."""
        started = time.monotonic()
        due = [(started + slot / BEGUN_PER_S, slot) for slot in range(len(self._heads))]
        heapq.heapify(due)
        while not stop.is_set():
            while due and due[0][0] <= time.monotonic():
                _at, slot = heapq.heappop(due)
                self._go_on(slot)
                pause = BYTE_EVERY_S if slot in self._peers else AGAIN_AFTER_S
                heapq.heappush(due, (time.monotonic() + pause, slot))
            wait = min(0.2, max(0.0, due[0][0] - time.monotonic())) if due else 0.2
            for fd, _event in self._poll.poll(wait):
                self._hear(fd)
        for slot in list(self._peers):
            self._end(slot)

    def _go_on(self, slot: int) -> None:
        peer = self._peers.get(slot)
        try:
            if peer is not None:
                peer.send(b"a")
            elif slot in self._over:  # its answer came since its last byte
                self._over.discard(slot)
            else:
                self._begin(slot)
        except OSError:
            self._end(slot)

    def _begin(self, slot: int) -> None:
        peer = socket.create_connection(self._address, timeout=5)
        peer.setblocking(False)
        self._peers[slot], self._slots[peer.fileno()] = peer, slot
        self._poll.register(peer.fileno(), select.EPOLLIN)
        peer.send(self._heads[slot])
        self.begun += 1

    def _hear(self, fd: int) -> None:
        slot = self._slots[fd]
        with contextlib.suppress(BlockingIOError):
            try:
                self._peers[slot].recv(65536)
            except BlockingIOError:
                raise
            except OSError:
                pass
        self._end(slot)

    def _end(self, slot: int) -> None:
        peer = self._peers.pop(slot, None)
        if peer is not None:
            self._poll.unregister(peer.fileno())
            del self._slots[peer.fileno()]
            peer.close()
            self._over.add(slot)
            self.ended += 1
