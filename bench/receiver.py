"""A receiver that costs as little as Python can: an epoll loop that answers 200 to whatever it gets.

Run as a process of its own (`python -m bench.receiver PORT DELAY_MS`), so that it is not in the sender's way.
"""

from __future__ import annotations

import heapq
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urljoin

import requests

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"status":"OK"}'
LENGTH = b"content-length: "
ASKED = b"GET /most "


class Receiver:
    """Answers every request after `delay_s` seconds; `GET /most` at once, with how many waited together at most."""

    def __init__(self, port: int, delay_s: float) -> None:
        self._server = socket.create_server(("127.0.0.1", port), backlog=4096)
        self._server.setblocking(False)
        self._delay_s = delay_s
        self._epoll = select.epoll()
        self._epoll.register(self._server.fileno(), select.EPOLLIN)
        self._peers: dict[int, socket.socket] = {}
        self._read: dict[int, bytes] = {}
        self._due: list[tuple[float, int, int]] = []
        self._most = 0

    def serve(self) -> None:
        """Serve until killed."""
        while True:
            for fd, _events in self._epoll.poll(self._seconds_to_wait()):
                if fd == self._server.fileno():
                    self._accept()
                else:
                    self._receive(fd)
            self._answer_due()

    def _seconds_to_wait(self) -> float:
        return max(0.0, self._due[0][0] - time.monotonic()) if self._due else -1

    def _accept(self) -> None:
        while True:
            try:
                peer, _address = self._server.accept()
            except BlockingIOError:
                return
            peer.setblocking(False)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._peers[peer.fileno()], self._read[peer.fileno()] = peer, b""
            self._epoll.register(peer.fileno(), select.EPOLLIN)

    def _receive(self, fd: int) -> None:
        try:
            data = self._peers[fd].recv(65536)
        except OSError:
            data = b""
        if not data:
            self._epoll.unregister(fd)
            self._peers.pop(fd).close()
            return
        if data.startswith(ASKED):
            self._peers[fd].send(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n%8d" % self._most)
            return
        self._read[fd], whole = _take_requests(self._read[fd] + data)
        if whole and self._delay_s:
            heapq.heappush(self._due, (time.monotonic() + self._delay_s, fd, whole))
            self._most = max(self._most, len(self._due))
        elif whole:
            self._peers[fd].send(ANSWER * whole)

    def _answer_due(self) -> None:
        while self._due and self._due[0][0] <= time.monotonic():
            _at, fd, whole = heapq.heappop(self._due)
            if fd in self._peers:
                self._peers[fd].send(ANSWER * whole)


def _take_requests(data: bytes) -> tuple[bytes, int]:
    """What is left after the whole requests at the start, and how many those were."""
    whole = 0
    while (end := data.find(b"\r\n\r\n")) >= 0:
        head = data[:end].lower()
        at = head.find(LENGTH)
        length = int(head[at + len(LENGTH) :].split(b"\r", 1)[0]) if at >= 0 else 0
        if len(data) < end + 4 + length:
            break
        data = data[end + 4 + length :]
        whole += 1
    return data, whole


@contextmanager
def running_receiver(delay_ms: int = 0) -> Iterator[str]:
    """A receiver process on a free port; yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "bench.receiver", str(port), str(delay_ms)])
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}/hook"
    finally:
        process.kill()
        process.wait()


def most_together(url: str) -> int:
    """How many requests waited for their answers together, at most, at the receiver with this address."""
    return int(requests.get(urljoin(url, "/most"), timeout=10).text)


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("The receiver did not start.")


if __name__ == "__main__":
    Receiver(int(sys.argv[1]), int(sys.argv[2]) / 1000).serve()
