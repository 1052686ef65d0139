"""Counts what really goes to PostgreSQL: a proxy that reads the client's side of the protocol.

A statement is an Execute or a simple Query; a round trip is a request of the client after an answer.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

EXECUTE, QUERY = b"E"[0], b"Q"[0]


class Wire:
    """What was seen since the last `reset`."""

    def __init__(self) -> None:
        self.statements = self.round_trips = 0
        self._answered = True

    def reset(self) -> None:
        """Count from here."""
        self.statements = self.round_trips = 0

    def asked(self, kinds: list[int]) -> None:
        """The client sent messages of these kinds."""
        self.statements += sum(kind in (EXECUTE, QUERY) for kind in kinds)
        self.round_trips += self._answered
        self._answered = False

    def answered(self) -> None:
        """The server sent something."""
        self._answered = True


@contextmanager
def counted(port: int) -> Iterator[tuple[int, Wire]]:
    """A port that leads to the server at `port`, and what went through it. For one connection at a time."""
    wire = Wire()
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_accept, args=(server, port, wire), daemon=True).start()
        yield server.getsockname()[1], wire


def _accept(server: socket.socket, port: int, wire: Wire) -> None:
    while True:
        try:
            client, _address = server.accept()
        except OSError:
            return
        upstream = socket.create_connection(("127.0.0.1", port))
        threading.Thread(target=_ask, args=(client, upstream, wire), daemon=True).start()
        threading.Thread(target=_answer, args=(upstream, client, wire), daemon=True).start()


def _ask(client: socket.socket, upstream: socket.socket, wire: Wire) -> None:
    rest, started = b"", False
    while data := client.recv(65536):
        rest += data
        kinds = []
        while len(rest) >= 5:
            head = 1 if started else 0  # the first message of a connection has no kind
            length = head + int.from_bytes(rest[head : head + 4])
            if len(rest) < length:
                break
            kinds.append(rest[0] if started else 0)
            rest, started = rest[length:], True
        wire.asked(kinds)
        upstream.sendall(data)
    upstream.close()


def _answer(upstream: socket.socket, client: socket.socket, wire: Wire) -> None:
    try:
        while data := upstream.recv(65536):
            wire.answered()
            client.sendall(data)
    except OSError:
        client.close()
