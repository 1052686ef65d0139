"""A caller that costs as little as Python can: requests are bytes made beforehand, connections stay open."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Sequence

from bench.receiver import LENGTH


def request_bytes(path: str, body: bytes, headers: Sequence[str] = ()) -> bytes:
    """A POST of JSON."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def call_many(port: int, request: bytes, count: int, at_once: int, status: bytes = b"202") -> float:
    """Calls per second of `count` calls over `at_once` open connections. Raises if one has another status."""
    poll = select.epoll()
    peers = {}
    for _ in range(at_once):
        peer = _connect(port)
        peers[peer.fileno()] = peer
        poll.register(peer.fileno(), select.EPOLLIN)
    started, sent, done = time.perf_counter(), 0, 0
    for peer in peers.values():
        peer.sendall(request)
        sent += 1
    while done < count:
        for fd, _event in poll.poll():
            _read_answer(peers[fd], status)
            done += 1
            if sent < count:
                peers[fd].sendall(request)
                sent += 1
    seconds = time.perf_counter() - started
    for peer in peers.values():
        peer.close()
    return count / seconds


def call_in_turn(port: int, requests: Sequence[bytes], status: bytes = b"202") -> list[float]:
    """Seconds of each call, one after the other over one connection."""
    peer, times = _connect(port), []
    for request in requests:
        started = time.perf_counter()
        peer.sendall(request)
        _read_answer(peer, status)
        times.append(time.perf_counter() - started)
    peer.close()
    return times


def _connect(port: int) -> socket.socket:
    peer = socket.create_connection(("127.0.0.1", port), timeout=60)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return peer


def _read_answer(peer: socket.socket, status: bytes = b"202") -> None:
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _receive(peer, data)
    head = data[:end].lower()
    if not head.startswith(b"http/1.1 " + status):
        raise RuntimeError(f"Not accepted: {data[:500]!r}")
    length = int(head[head.index(LENGTH) + len(LENGTH) :].split(b"\r", 1)[0])
    while len(data) < end + 4 + length:
        data += _receive(peer, data)


def _receive(peer: socket.socket, so_far: bytes) -> bytes:
    data = peer.recv(65536)
    if not data:
        raise RuntimeError(f"The server hung up after {so_far[:200]!r}.")
    return data
