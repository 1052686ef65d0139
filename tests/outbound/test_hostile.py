"""Receivers that mean harm: bounded in time and memory, and in nobody's way."""

import gzip
import resource
import socket
import time
import tracemalloc
import zlib
from collections.abc import Callable

import pytest

from app.outbound import Exchange, OutboundPolicy, TransferLoop

from .conftest import MakeReceiver, a_request, post
from .receivers import STATUS_OK, Receiver, Script, after_request, compressed, says

MIB = 1024 * 1024
LIMIT_MS = 400


def drip(text: bytes, *, after: bytes = b"") -> Script:
    """Send `after` at once, then one byte at a time."""

    def send(connection: socket.socket) -> None:
        connection.sendall(after)
        for byte in text * 100:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    return after_request(send)


def endless(head: bytes, piece: bytes) -> Script:
    """Send `piece` for ever."""

    def send(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)

    return after_request(send)


def deflated(size: int, wbits: int) -> bytes:
    """So many zero bytes, compressed."""
    packer = zlib.compressobj(9, wbits=wbits)
    block = b"\0" * MIB
    return b"".join(packer.compress(block) for _ in range(size // MIB)) + packer.flush()


def memory_of(work: Callable[[], Exchange]) -> tuple[Exchange, int, int]:
    """The result, the peak of Python's memory and the growth of the process's, in bytes."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tracemalloc.start()
    exchange = work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return exchange, peak, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024


GZIP_BOMB = deflated(64 * MIB, 31)
DEFLATE_BOMB = deflated(64 * MIB, 15)
BOMBS = {
    "gzip": compressed(b"gzip", GZIP_BOMB),
    "deflate": compressed(b"deflate", DEFLATE_BOMB),
    "raw deflate": compressed(b"deflate", deflated(64 * MIB, -15)),
    "gzip in gzip": compressed(b"gzip, gzip", gzip.compress(GZIP_BOMB)),
    "plain": endless(STATUS_OK + b"\r\n", b"x" * 65536),
    "chunked": endless(
        STATUS_OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4096 + b"\r\n"
    ),
    "promised": endless(STATUS_OK + b"Content-Length: 9223372036854775807\r\n\r\n", b"x" * 65536),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_body_without_end_is_cut(kind: str, a_receiver: MakeReceiver, local_policy: OutboundPolicy) -> None:
    receiver = a_receiver(BOMBS[kind])
    exchange, peak, grown = memory_of(lambda: post(receiver.url(), local_policy))
    assert (exchange.fault, exchange.status, exchange.truncated) == (None, 200, True)
    assert exchange.body_size == MIB
    assert len(exchange.body) == 64 * 1024
    assert peak < 2 * MIB
    assert grown < 16 * MIB


def test_a_body_just_within_the_limit_is_whole(
    a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    receiver = a_receiver(says(STATUS_OK, b"Content-Length: %d\r\n\r\n" % MIB, b"x" * MIB))
    exchange = post(receiver.url(), local_policy)
    assert (exchange.fault, exchange.truncated, exchange.body_size) == (None, False, MIB)
    assert exchange.body == b"x" * 65536


ENDLESS_HEADS = {
    "many lines": endless(STATUS_OK, b"X-A: b\r\n" * 500),
    "one line": endless(STATUS_OK + b"X-A: ", b"b" * 4096),
    "a line without a break": endless(b"HTTP/1.1 ", b"b" * 4096),
    "interim answers": endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 100),
    "early hints": endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100),
    "continue": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "trailers": endless(STATUS_OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-A: b\r\n" * 500),
}


@pytest.mark.parametrize("kind", ENDLESS_HEADS)
def test_headers_without_end_are_too_large(
    kind: str, a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    receiver = a_receiver(ENDLESS_HEADS[kind])
    exchange, peak, grown = memory_of(lambda: post(receiver.url(), local_policy))
    assert exchange.fault == "too_large"
    assert exchange.duration_us < 2_500_000
    assert peak < 2 * MIB
    assert grown < 16 * MIB


SLOW = {
    "silence": after_request(lambda connection: time.sleep(2)),
    "one byte at a time in the status line": drip(STATUS_OK),
    "one byte at a time in the headers": drip(b"HTTP/1.1 200 OK\r\nX: y" + b"y" * 1000),
    "one byte at a time in the body": drip(b"x" * 100, after=STATUS_OK + b"\r\n"),
    "slow interim answers": drip(b"HTTP/1.1 102 P\r\n\r\n"),
    "a compressed drip": drip(GZIP_BOMB[:10], after=STATUS_OK + b"Content-Encoding: gzip\r\n\r\n"),
}


@pytest.mark.parametrize("kind", SLOW)
def test_slowness_ends_at_the_time_limit(
    kind: str, a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    receiver = a_receiver(SLOW[kind])
    exchange = post(receiver.url(), local_policy, timeout_ms=LIMIT_MS)
    assert exchange.fault == "read_timeout"
    assert exchange.facts["seconds"] == "0.4"
    assert LIMIT_MS * 900 < exchange.duration_us < LIMIT_MS * 1000 + 2_000_000


def test_nothing_listens(a_receiver: MakeReceiver, local_policy: OutboundPolicy) -> None:
    receiver = a_receiver()
    receiver.close()
    assert post(receiver.url(), local_policy).fault == "refused"


def test_a_connection_that_is_not_accepted(local_policy: OutboundPolicy) -> None:
    """A full backlog drops the handshake, as a firewall does."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        filling = [socket.socket() for _ in range(4)]
        for one in filling:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        exchange = post(f"http://127.0.0.1:{listener.getsockname()[1]}/", local_policy, timeout_ms=LIMIT_MS)
        for one in filling:
            one.close()
    assert exchange.fault == "connect_timeout"


def test_cookies_are_not_kept(a_receiver: MakeReceiver, local_policy: OutboundPolicy) -> None:
    answer = STATUS_OK + b"Set-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"

    def script(connection: socket.socket) -> None:
        while receiver.read_request(connection):
            connection.sendall(answer)

    receiver = a_receiver(script)
    _run_all(receiver, local_policy, 3)
    assert not any(b"cookie" in request.lower() for request in receiver.requests)


def test_a_kept_alive_connection_that_closes_is_never_sent_a_second_request(
    a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    """libcurl would repeat the request by itself; the receiver may have acted on the first."""

    def answer_once(connection: socket.socket) -> None:
        receiver.read_request(connection)
        connection.sendall(STATUS_OK + b"Content-Length: 0\r\n\r\n")
        receiver.read_request(connection)

    receiver = a_receiver(answer_once)
    exchanges = _run_all(receiver, local_policy, 4)
    assert [one.fault for one in exchanges] == [None, "reset", None, None]  # then: a connection for each
    assert len(receiver.requests) == 4


def test_many_hostile_receivers_hold_up_nobody(
    a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    hostile = [a_receiver(SLOW["silence"]), a_receiver(SLOW["one byte at a time in the headers"])]
    healthy = a_receiver()
    loop = TransferLoop()
    for number in range(20):
        loop.submit(a_request(hostile[number % 2].url(), timeout_ms=LIMIT_MS), "hostile", local_policy)
    loop.submit(a_request(healthy.url()), "healthy", local_policy)
    assert [token for token, _ in loop.run(2)] == ["healthy"]
    ended = []
    until = time.monotonic() + 3
    while loop.in_flight and time.monotonic() < until:
        ended += loop.run(1)
    assert [exchange.fault for _, exchange in ended] == ["read_timeout"] * 20
    loop.close()


def test_memory_stays_flat_over_many_bombs(a_receiver: MakeReceiver, local_policy: OutboundPolicy) -> None:
    receiver = a_receiver(BOMBS["gzip"])
    _run_all(receiver, local_policy, 3)
    tracemalloc.start()
    _run_all(receiver, local_policy, 15)
    left = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert left < 2 * MIB


def _run_all(receiver: Receiver, policy: OutboundPolicy, count: int) -> list[Exchange]:
    """One after the other over one loop, so that handles and connections are reused."""
    loop = TransferLoop()
    exchanges = []
    for _ in range(count):
        loop.submit(a_request(receiver.url()), None, policy)
        while loop.in_flight:
            exchanges += [exchange for _, exchange in loop.run(5)]
    loop.close()
    return exchanges
