"""A kept connection that its receiver closed or wrote to is not used again, and owners share none."""

import socket
import ssl
import time
from collections.abc import Callable

import pytest
import trustme

from app.outbound import Exchange, OutboundPolicy, Request, TransferLoop

from .conftest import MakeReceiver
from .receivers import OK_ANSWER, STATUS_OK, Receiver

STRAY = STATUS_OK + b"Content-Length: 5\r\nX-Stray: yes\r\n\r\nstray"


def ask(loop: TransferLoop, url: str, policy: OutboundPolicy, owner: str = "a") -> Exchange:
    """One request and its end."""
    loop.submit(Request("POST", url, [], b"{}", 5000, owner=owner), None, policy)
    done: list[tuple[object, Exchange]] = []
    while not done:
        done = loop.run(6)
    return done[0][1]


def then(receiver: Receiver, after: Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    """Answer a request properly, then do something to the connection, and go on."""

    def script(connection: socket.socket) -> None:
        while receiver.read_request(connection):
            connection.sendall(OK_ANSWER)
            after(connection)

    return script


def close_later(seconds: float) -> Callable[[socket.socket], None]:
    def close(connection: socket.socket) -> None:
        time.sleep(seconds)
        connection.close()

    return close


def write_later(seconds: float, what: bytes) -> Callable[[socket.socket], None]:
    def write(connection: socket.socket) -> None:
        time.sleep(seconds)
        connection.sendall(what)

    return write


AFTER = {
    "closes at once": close_later(0),
    "closes after a while": close_later(0.3),
    "writes a second answer at once": write_later(0, STRAY),
    "writes a second answer": write_later(0.3, STRAY),
    "writes garbage": write_later(0.3, b"\x00\xff garbage"),
    "writes a single byte": write_later(0.1, b"H"),
    "half closes": lambda connection: connection.shutdown(socket.SHUT_WR),
}


# With TLS this one is taken out of the socket together with the answer, by libcurl's TLS library, which reads ahead:
# nobody can see it lie there. What holds is that it reaches nobody but its owner (the test below).
UNSEEN_WITH_TLS = "writes a second answer at once"
CASES = [
    (kind, what) for kind in ("http", "https") for what in AFTER if (kind, what) != ("https", UNSEEN_WITH_TLS)
]


def context_of(kind: str, authority: trustme.CA) -> ssl.SSLContext | None:
    """What the receiver speaks TLS with; None for http."""
    if kind == "http":
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture(params=["http", "https"])
def server_tls(request: pytest.FixtureRequest, authority: trustme.CA) -> ssl.SSLContext | None:
    return context_of(request.param, authority)


@pytest.mark.parametrize(("kind", "what"), CASES)
def test_what_happened_while_it_rested_does_not_reach_the_next(
    kind: str,
    what: str,
    authority: trustme.CA,
    a_receiver: MakeReceiver,
    local_policy: OutboundPolicy,
) -> None:
    receiver = a_receiver(tls=context_of(kind, authority))
    receiver.script = then(receiver, AFTER[what])
    loop = TransferLoop()
    try:
        for gap in (0.5, 0.5, 0.5):
            exchange = ask(loop, receiver.url(), local_policy)
            assert (exchange.fault, exchange.status) == (None, 200)
            assert exchange.body == b'{"status":"OK"}'
            time.sleep(gap)
    finally:
        loop.close()
    assert len(receiver.requests) == 3


@pytest.mark.parametrize("gap", [0.0, 0.3])
def test_a_second_answer_at_once_reaches_nobody_but_its_owner(
    gap: float, server_tls: ssl.SSLContext | None, a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    receiver = a_receiver(tls=server_tls)
    receiver.script = then(receiver, AFTER[UNSEEN_WITH_TLS])
    loop = TransferLoop()
    try:
        for owner in ("a", "b", "c", "d"):
            assert ask(loop, receiver.url(), local_policy, owner).body == b'{"status":"OK"}'
            time.sleep(gap)
    finally:
        loop.close()
    assert (len(receiver.requests), receiver.connections) == (4, 4)


def test_many_at_once_after_all_connections_went_bad(
    a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    receiver = a_receiver()
    receiver.script = then(receiver, write_later(0.2, STRAY))
    loop = TransferLoop()
    try:
        for _ in range(3):
            for n in range(30):
                loop.submit(Request("POST", receiver.url(), [], b"{}", 5000), n, local_policy)
            done: list[tuple[object, Exchange]] = []
            while len(done) < 30:
                done += loop.run(6)
            assert {(e.fault, e.body) for _, e in done} == {(None, b'{"status":"OK"}')}
            time.sleep(0.4)
        assert loop.in_flight == 0
    finally:
        loop.close()
    assert len(receiver.requests) == 90


def test_owners_share_no_connection(
    server_tls: ssl.SSLContext | None, a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    receiver = a_receiver(tls=server_tls)
    loop = TransferLoop()
    try:
        for owner in ("a", "a", "b", "b", "a", "a"):
            assert ask(loop, receiver.url(), local_policy, owner).status == 200
    finally:
        loop.close()
    assert receiver.connections == 3


def test_a_quiet_connection_is_kept(
    server_tls: ssl.SSLContext | None, a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    receiver = a_receiver(tls=server_tls)
    loop = TransferLoop()
    try:
        for _ in range(5):
            assert ask(loop, receiver.url(), local_policy).status == 200
            time.sleep(0.3)
    finally:
        loop.close()
    assert receiver.connections == 1
