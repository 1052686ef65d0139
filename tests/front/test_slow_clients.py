"""Clients that are slow, or hold connections without using them, cost nobody else anything (R16)."""

from __future__ import annotations

import asyncio
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from werkzeug.exceptions import RequestTimeout

from app.front import bodies
from app.front.bodies import Gone, TooLarge, read_body

pytestmark = pytest.mark.databases("sqlite")

SLOW = 40
SOON_S = 0.3


@contextmanager
def holding(server, head: bytes, count: int = SLOW) -> Iterator[list[socket.socket]]:
    """So many connections that have sent this and then nothing."""
    with ExitStack() as stack:
        peers = [stack.enter_context(server.connect()) for _ in range(count)]
        for peer in peers:
            peer.sendall(head)
        time.sleep(0.2)
        yield peers


def head_of(line: str, *headers: str) -> bytes:
    return "\r\n".join([line, "Host: localhost", *headers, "", ""]).encode()


@pytest.mark.parametrize(
    "path", ["/login", "/inbox/nobody", "/api/v1/events", "/api/v1/webhooks", "/api/admin/v2/", "/nowhere"]
)
def test_slow_bodies_hold_up_nobody(server, path):
    head = head_of(f"POST {path} HTTP/1.1", "Content-Length: 100000", f"Authorization: Bearer {server.key}")
    with holding(server, head + b"a=1"):
        assert max(server.seconds_of_others().values()) < SOON_S


def test_slow_heads_hold_up_nobody(server):
    with holding(server, b"POST /login HTTP/1.1\r\nHost: loc"):
        assert max(server.seconds_of_others().values()) < SOON_S


def test_idle_connections_are_held(server):
    wanted = 5000
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
    request = head_of("GET /healthz HTTP/1.1")
    try:
        with ExitStack() as stack:
            peers = [stack.enter_context(server.connect()) for _ in range(wanted)]
            for peer in peers:
                peer.sendall(request)
                assert peer.recv(4096).startswith(b"HTTP/1.1 200")
            assert max(server.seconds_of_others().values()) < SOON_S
            for peer in peers[::100]:
                peer.sendall(request)
                assert peer.recv(4096).startswith(b"HTTP/1.1 200")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@pytest.mark.parametrize(
    ("line", "key", "status"),
    [
        ("POST /api/v1/events", "none of ours", 401),
        ("POST /api/v1/events/batch", "", 401),
        ("POST /api/v1/webhooks", "none of ours", 401),
        ("POST /api/v1/events", "may only read", 403),
        ("POST /api/v1/webhooks", "may only read", 403),
        ("POST /api/v1/nowhere", "", 404),
        ("PUT /api/v1/events", "", 405),
    ],
)
def test_who_may_not_call_hears_so_before_sending_a_body(server, line, key, status):
    if key == "may only read":
        from app.services import api_keys

        with server.app.test_request_context():
            _key, key = api_keys.create_key(server.space_id, "Reader", ("deliveries:read",))
    with server.connect() as peer:
        peer.settimeout(2)
        peer.sendall(head_of(f"{line} HTTP/1.1", "Content-Length: 900000", f"Authorization: Bearer {key}"))
        assert peer.recv(4096).split()[1] == str(status).encode()


class Client:
    """Pieces of a body, each after a pause in seconds; None: it hangs up."""

    def __init__(self, *pieces: tuple[float, bytes | None]) -> None:
        self._pieces = list(pieces)

    async def receive(self) -> dict[str, object]:
        if not self._pieces:
            await asyncio.sleep(60)
        pause, body = self._pieces.pop(0)
        await asyncio.sleep(pause)
        if body is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": body, "more_body": bool(self._pieces)}


def read(*pieces: tuple[float, bytes | None], at_most: int = 100) -> bytes:
    return asyncio.run(read_body(Client(*pieces).receive, at_most))


@pytest.fixture
def short_deadline(monkeypatch):
    monkeypatch.setattr(bodies, "PATIENT_S", 0.2)


def test_a_body_in_pieces(short_deadline):
    assert read((0, b"ab"), (0.05, b"cd"), (0.05, b"")) == b"abcd"


def test_a_body_that_never_comes_is_given_up(short_deadline):
    with pytest.raises(RequestTimeout):
        read()


def test_a_body_that_trickles_is_given_up(short_deadline):
    started = time.monotonic()
    with pytest.raises(RequestTimeout):
        read(*[(0.05, b"x")] * 40)
    assert time.monotonic() - started < 1


def test_each_64_kib_buy_a_second_more(short_deadline):
    big = b"x" * 128 * 1024
    assert len(read((0, big), (0.5, big), (0.5, b""), at_most=1 << 20)) == 2 * len(big)


@pytest.mark.parametrize("pieces", [[(0, b"x" * 101)], [(0, b"x" * 60), (0, b"x" * 60), (0, b"x")]])
def test_a_body_beyond_the_limit_is_not_read_on(pieces):
    with pytest.raises(TooLarge):
        read(*pieces)


def test_who_hangs_up_is_gone():
    with pytest.raises(Gone):
        read((0, b"x"), (0, None))
