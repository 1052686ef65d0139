"""Clients that are slow, or hold connections without using them, cost nobody else anything (R16)."""

from __future__ import annotations

import asyncio
import resource
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress

import pytest
from werkzeug.exceptions import RequestTimeout

from app.front import bodies, senders
from app.front.bodies import Gone, TooLarge, read_body
from app.front.requests import RequestHead
from app.front.said_to_many import SaidToMany
from app.front.senders import Senders, TooManyBodies

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
    # In a thread of its own: where a browser is open, the tests' own thread has a running loop already.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, read_body(Client(*pieces).receive, at_most)).result()


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


def test_too_slow_is_said_in_the_words_of_each_face_and_to_nobody_in_particular(app):
    said = SaidToMany(app, RequestTimeout())
    for path, words in {
        "/login": b"The request came too slowly",
        "/api/v1/webhooks": b"Send the whole body without long pauses.",
        "/in/token/v1/events": b"Send the whole body without long pauses.",
        "/api/admin/v2/": b"Request Timeout",
    }.items():
        answer = said.answer(path)
        assert answer.status == 408
        assert words in answer.body, path
        assert b"set-cookie" not in dict(answer.headers), path


def test_bodies_of_one_sender_beyond_its_share_are_refused_and_nobody_elses(server):
    head = head_of("POST /login HTTP/1.1", "Content-Length: 100000")
    with holding(server, head + b"a=1", senders.MOST), server.connect() as peer:
        peer.sendall(head)
        refused = peer.recv(4096)
        assert refused.split()[1] == b"429"
        assert b"\r\nretry-after: " in refused
        assert (
            max(server.seconds_of_others().values()) < SOON_S
        )  # a publish has a key, and so a share of its own
    assert server.session.post(f"{server.process.url}/login", data={"a": "1"}, timeout=30).status_code != 429


def head_from(address: str, key_id: str | None = None, *forwarded: str) -> RequestHead:
    headers = [(b"x-forwarded-for", ", ".join(forwarded).encode())] if forwarded else []
    head = RequestHead({"method": "POST", "path": "/login", "headers": headers, "client": (address, 1)})
    head.key_id = key_id
    return head


def begun(bodies: Senders, *heads: RequestHead, stack: ExitStack) -> int:
    """How many of these bodies may come."""
    count = 0
    for head in heads:
        with suppress(TooManyBodies):
            stack.enter_context(bodies.one_more(head))
            count += 1
    return count


def test_a_key_and_an_address_have_a_share_each():
    bodies, stack = Senders(0), ExitStack()
    with stack:
        for one in (head_from("192.0.2.1"), head_from("192.0.2.2"), head_from("192.0.2.1", "key_a")):
            assert begun(bodies, *[one] * (senders.MOST + 3), stack=stack) == senders.MOST
    with ExitStack() as again:
        assert begun(bodies, head_from("192.0.2.1"), stack=again) == 1


def test_what_a_client_writes_itself_is_nobodys_address():
    bodies = Senders(1)
    with ExitStack() as stack:
        heads = [
            head_from("10.0.0.1", None, f"198.51.100.{n % 250}", "192.0.2.1") for n in range(senders.MOST + 5)
        ]
        assert begun(bodies, *heads, stack=stack) == senders.MOST
        assert begun(bodies, head_from("10.0.0.1", None, "192.0.2.2"), stack=stack) == 1


def test_in_a_crowd_each_may_have_a_few():
    bodies = Senders(0)
    with ExitStack() as stack:
        crowd = [head_from(f"192.0.2.{n % 200}") for n in range(senders.CROWDED)]
        assert begun(bodies, *crowd, stack=stack) == senders.CROWDED
        assert begun(bodies, *[head_from("198.51.100.7")] * senders.MOST, stack=stack) == senders.FEW
