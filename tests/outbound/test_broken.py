"""Receivers that break off, talk nonsense or use odd bytes: told apart, and kept as safe text."""

import gzip
import socket
import time
import zlib

import pytest

from app.outbound import OutboundPolicy

from .conftest import MakeReceiver, post
from .receivers import STATUS_OK, after_request, compressed, hang_up_hard, says

HANG_UPS = {
    "at once": lambda connection: None,
    "with a reset": hang_up_hard,
    "after the request": after_request(lambda connection: None),
    "after the request with a reset": after_request(hang_up_hard),
    "in the status line": says(b"HTTP/1.1 2"),
    "in the headers": says(STATUS_OK, b"X-A: b"),
    "with a negative length": says(STATUS_OK, b"Content-Length: -5\r\n\r\n", b"x"),
    "HTTP/0.9": says(b"hello there, this is a very old answer\r\n"),
    "no HTTP at all": says(b"\0\xff\0\xff" * 50),
    "NUL in a header": says(STATUS_OK, b"X-A: b\0c\r\nContent-Length: 0\r\n\r\n"),
    "a header without a colon": says(STATUS_OK, b"nonsense\r\nContent-Length: 0\r\n\r\n"),
    "by switching protocols": says(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\n\r\n"),
    "after an interim answer": says(b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("kind", HANG_UPS)
def test_hanging_up_early_is_a_reset(
    kind: str, a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    receiver = a_receiver(HANG_UPS[kind])
    exchange = post(receiver.url(), local_policy)
    assert exchange.fault == "reset"
    assert exchange.status in (None, 200)
    assert exchange.duration_us < 2_500_000
    assert receiver.connections == 1


PACKED = gzip.compress(b'{"status":"OK"}' * 50)
CUT_OFF = {
    "in the body": says(STATUS_OK, b"Content-Length: 100\r\n\r\n", b"xx"),
    "with a reset in the body": after_request(
        lambda connection: (
            connection.sendall(STATUS_OK + b"Content-Length: 100\r\n\r\nxx"),
            time.sleep(0.1),
            hang_up_hard(connection),
        )
    ),
    "in a chunk": says(STATUS_OK, b"Transfer-Encoding: chunked\r\n\r\n", b"64\r\nxx"),
    "before the last chunk": says(STATUS_OK, b"Transfer-Encoding: chunked\r\n\r\n", b"2\r\nxx\r\n"),
    "with a bad chunk": says(STATUS_OK, b"Transfer-Encoding: chunked\r\n\r\n", b"zz\r\nxx\r\n"),
    "in gzip": says(STATUS_OK, b"Content-Encoding: gzip\r\nContent-Length: 500\r\n\r\n", PACKED[:-12]),
}


@pytest.mark.parametrize("kind", CUT_OFF)
def test_an_answer_that_breaks_off_after_its_head_is_an_answer(
    kind: str, a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    receiver = a_receiver(CUT_OFF[kind])
    exchange = post(receiver.url(), local_policy)
    assert (exchange.fault, exchange.status, exchange.answered) == ("cut_off", 200, True)
    assert exchange.detail.startswith("The answer 200 broke off after ")
    assert receiver.connections == 1


def test_an_answer_that_stalls_after_its_head_is_an_answer(
    a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    def stall(connection: socket.socket) -> None:
        connection.sendall(STATUS_OK + b"Content-Length: 20\r\n\r\nxx")
        time.sleep(2)

    exchange = post(a_receiver(after_request(stall)).url(), local_policy, timeout_ms=400)
    assert (exchange.fault, exchange.status, exchange.answered) == ("read_timeout", 200, True)
    assert (exchange.body, exchange.facts["seconds"]) == (b"xx", "0.4")


def test_a_status_line_alone_is_no_answer(a_receiver: MakeReceiver, local_policy: OutboundPolicy) -> None:
    exchange = post(a_receiver(HANG_UPS["in the headers"]).url(), local_policy)
    assert (exchange.fault, exchange.answered) == ("reset", False)


ODD_BUT_USABLE = {
    "Latin-1 and control bytes": (
        b"X-A: caf\xe9\x01\x7f\r\nContent-Length: 0\r\n\r\n",
        ("X-A", "caf\xe9\x01\x7f"),
    ),
    "the same header twice": (b"X-A: 1\r\nX-A: 2\r\nContent-Length: 0\r\n\r\n", ("X-A", "2")),
    "bare line feeds": (b"X-A: b\nContent-Length: 0\n\n", ("X-A", "b")),
}


@pytest.mark.parametrize("kind", ODD_BUT_USABLE)
def test_odd_headers_are_kept_as_text(
    kind: str, a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    sent, expected = ODD_BUT_USABLE[kind]
    exchange = post(a_receiver(says(STATUS_OK, sent)).url(), local_policy)
    assert (exchange.fault, exchange.status) == (None, 200)
    assert expected in exchange.headers


def test_a_body_of_odd_bytes_is_kept_as_it_is(a_receiver: MakeReceiver, local_policy: OutboundPolicy) -> None:
    body = b"\0\xff\xfe\xc3\x28" + bytes(range(256))
    exchange = post(a_receiver(says(STATUS_OK, b"Content-Length: 261\r\n\r\n", body)).url(), local_policy)
    assert exchange.body == body


def test_a_body_that_cannot_be_decoded_leaves_the_status_usable(
    a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    for encoding in (b"gzip", b"deflate", b"br", b"unheard-of", b"UTF-8", b"gzip, br", b"\xff"):
        exchange = post(a_receiver(compressed(encoding, b'{"status":"OK"}')).url(), local_policy)
        assert (exchange.fault, exchange.status, exchange.truncated) == (None, 200, True)
        assert (exchange.body, exchange.body_size) == (b'{"status":"OK"}', 15)
        assert "Content-Encoding" in exchange.detail
        assert exchange.facts["encoding"]


@pytest.mark.parametrize(
    "encoding", [b"gzip", b"x-gzip", b"GZip", b"identity, gzip", b"deflate", b"identity"]
)
def test_what_we_asked_for_is_decoded(
    encoding: bytes, a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    body = b'{"status":"OK"}' * 5000
    packed = {b"deflate": zlib.compress(body), b"identity": body}.get(encoding, gzip.compress(body))
    exchange = post(a_receiver(compressed(encoding, packed)).url(), local_policy)
    assert (exchange.fault, exchange.detail, exchange.truncated) == (None, "", False)
    assert (exchange.body, exchange.body_size) == (body[: 64 * 1024], len(body))


def test_a_gzip_that_ends_too_early_says_so(a_receiver: MakeReceiver, local_policy: OutboundPolicy) -> None:
    exchange = post(a_receiver(compressed(b"gzip", PACKED[:-9])).url(), local_policy)
    assert (exchange.fault, exchange.truncated) == (None, True)
    assert "ends in the middle" in exchange.detail
