"""Receivers that break off, talk nonsense or use odd bytes: told apart, and kept as safe text."""

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
    "in the body": says(STATUS_OK, b"Content-Length: 100\r\n\r\n", b"x"),
    "in a chunk": says(STATUS_OK, b"Transfer-Encoding: chunked\r\n\r\n", b"64\r\nxx"),
    "before the last chunk": says(STATUS_OK, b"Transfer-Encoding: chunked\r\n\r\n", b"2\r\nxx\r\n"),
    "with a bad chunk": says(STATUS_OK, b"Transfer-Encoding: chunked\r\n\r\n", b"zz\r\nxx\r\n"),
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


def test_a_status_before_the_break_is_kept(a_receiver: MakeReceiver, local_policy: OutboundPolicy) -> None:
    exchange = post(a_receiver(HANG_UPS["in the body"]).url(), local_policy)
    assert (exchange.fault, exchange.status, exchange.body) == ("reset", 200, b"x")


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
    for encoding in (b"gzip", b"br", b"unheard-of"):
        exchange = post(a_receiver(compressed(encoding, b"not so")).url(), local_policy)
        assert (exchange.fault, exchange.status, exchange.truncated) == (None, 200, True)
        assert exchange.detail
