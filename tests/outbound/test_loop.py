"""The loop itself: what is sent, what comes back, reuse, doorbells, lookups, closing."""

import datetime
import socket
import threading
import time

import pytest
import trustme

from app.outbound import OutboundPolicy, Request, TransferLoop
from app.outbound.names import Lookup

from .conftest import MakeReceiver, a_request, finish, post, server_tls
from .receivers import OK_ANSWER


def test_what_is_sent(a_receiver: MakeReceiver, local_policy: OutboundPolicy) -> None:
    receiver = a_receiver()
    exchange = post(receiver.url("/a/../b?c=%2F"), local_policy, headers=[("X-Empty", ""), ("X-A", "b: c")])
    head, _, body = receiver.requests[0].partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"POST /a/../b?c=%2F HTTP/1.1",
        b"Host: 127.0.0.1:" + str(receiver.port).encode(),
        b"Accept: */*",
        b"Accept-Encoding: gzip, deflate",
        b"X-Empty:",
        b"X-A: b: c",
        b"Content-Length: 7",
    ]
    assert body == b'{"a":1}'
    assert (exchange.status, exchange.body, exchange.body_size) == (200, b'{"status":"OK"}', 15)
    assert exchange.headers == [("Content-Type", "application/json"), ("Content-Length", "15")]
    assert (exchange.http_version, exchange.fault, exchange.truncated) == ("1.1", None, False)


@pytest.mark.parametrize(
    ("method", "body", "length"),
    [
        ("POST", b"", b"0"),
        ("PUT", b"x", b"1"),
        ("PATCH", b"\0\xff", b"2"),
        ("DELETE", b"", b"0"),
        ("DELETE", b"x", b"1"),
        ("GET", b"", None),
        ("GET", b"x", b"1"),
    ],
)
def test_methods(
    method: str, body: bytes, length: bytes | None, a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    receiver = a_receiver()
    assert post(receiver.url(), local_policy, method=method, body=body).status == 200
    request = receiver.requests[0]
    assert request.startswith(method.encode() + b" /hook HTTP/1.1\r\n")
    assert request.endswith(b"\r\n\r\n" + body)
    assert (b"Content-Length: " + (length or b"") in request) is (length is not None)


def test_a_large_body_is_sent_without_expect(a_receiver: MakeReceiver, local_policy: OutboundPolicy) -> None:
    receiver = a_receiver()
    exchange = post(receiver.url(), local_policy, body=b"x" * 3_000_000)
    assert exchange.status == 200
    assert b"Expect" not in receiver.requests[0].partition(b"\r\n\r\n")[0]
    assert len(receiver.requests[0]) > 3_000_000


def test_nothing_leaks_from_one_transfer_into_the_next(
    a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    """The same handle carries a rich request, then plain ones of every kind."""
    receiver = a_receiver()
    loop = TransferLoop(lookup=lambda _host: ["127.0.0.1"])
    secret = [("Authorization", "Basic secret")]
    rich = Request("PATCH", receiver.url(host="a.example"), secret, b"secret", 3000)
    plain_ones = (("POST", b""), ("GET", b""), ("PUT", b"1"), ("HEAD", b""), ("POST", b"2"))
    for plain_method, plain_body in plain_ones:
        for request in (rich, Request(plain_method, receiver.url(), [], plain_body, 3000)):
            loop.submit(request, None, local_policy)
            finish(loop)
        sent = receiver.requests[-1]
        assert sent.startswith(plain_method.encode())
        assert b"secret" not in sent and b"a.example" not in sent and b"Content-Type" not in sent
        assert sent.endswith(b"\r\n\r\n" + plain_body)
    loop.close()
    assert receiver.connections == 2  # one kept alive for each host name


def test_faults_do_not_leak_into_the_next_transfer(
    a_receiver: MakeReceiver, local_policy: OutboundPolicy, authority: trustme.CA
) -> None:
    old = authority.issue_cert(
        "a.example", not_before=datetime.datetime(2019, 1, 1), not_after=datetime.datetime(2020, 1, 1)
    )
    expired = a_receiver(tls=server_tls(old))
    other = a_receiver(tls=server_tls(authority.issue_cert("b.example")))
    good = a_receiver(tls=server_tls(authority.issue_cert("a.example")))
    silent = a_receiver(lambda connection: time.sleep(1))
    closed = a_receiver()
    closed.close()
    loop = TransferLoop(lookup=lambda _host: ["127.0.0.1"])
    faults = []
    for receiver in (expired, other, good, closed, silent, good, expired):
        limit = 300 if receiver is silent else 3000
        loop.submit(a_request(receiver.url(host="a.example"), timeout_ms=limit), 1, local_policy)
        faults.append(finish(loop)[1].fault)
    loop.close()
    assert faults == [
        "tls_expired",
        "tls_name_mismatch",
        None,
        "refused",
        "read_timeout",
        None,
        "tls_expired",
    ]


def test_connections_are_kept_alive(a_receiver: MakeReceiver, local_policy: OutboundPolicy) -> None:
    receiver = a_receiver()
    loop = TransferLoop()
    for number in range(20):
        loop.submit(a_request(receiver.url()), number, local_policy)
        exchange = finish(loop)[number]
    loop.close()
    assert receiver.connections == 1
    assert (exchange.connect_us, exchange.tls_us) == (0, 0)


def test_many_at_once_each_get_their_own_answer(
    a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    def echo(connection: socket.socket) -> None:
        while request := receiver.read_request(connection):
            body = request.partition(b"\r\n\r\n")[2]
            connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    receiver = a_receiver(echo)
    loop = TransferLoop()
    for number in range(100):
        loop.submit(a_request(receiver.url(), body=b"%d" % number), number, local_policy)
    assert loop.in_flight == 100
    done = finish(loop)
    loop.close()
    assert {number: int(exchange.body) for number, exchange in done.items()} == {n: n for n in range(100)}


def test_times_are_told_by_phase(a_receiver: MakeReceiver, local_policy: OutboundPolicy) -> None:
    def wait_then_answer(connection: socket.socket) -> None:
        connection.recv(65536)
        time.sleep(0.1)
        connection.sendall(OK_ANSWER)

    def slow_lookup(_host: str) -> list[str]:
        time.sleep(0.1)
        return ["127.0.0.1"]

    before = time.time_ns() // 1_000_000
    receiver = a_receiver(wait_then_answer)
    exchange = post(receiver.url(host="slow.example"), local_policy, lookup=slow_lookup)
    assert before <= exchange.started_at_ms <= before + 2000
    assert exchange.dns_us > 90_000
    assert exchange.connect_us > 0
    assert exchange.first_byte_us > 90_000
    assert exchange.dns_us + exchange.first_byte_us <= exchange.duration_us


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": [("X-A", "b\r\nX-Evil: 1")]},
        {"headers": [("X-A\n", "b")]},
        {"headers": [("X-A", "\0")]},
        {"headers": [("X-A", "é")]},
        {"method": "GET / HTTP/1.1\r\nX: "},
        {"method": "post"},
        {"method": ""},
        {"body": None},
    ],
)
def test_a_request_that_cannot_be_sent_is_a_fault_of_ours(
    changes: dict[str, object], a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    receiver = a_receiver()
    loop = TransferLoop()
    loop.submit(a_request(receiver.url(), **changes), "odd", local_policy)
    loop.submit(a_request(receiver.url()), "fine", local_policy)
    done = finish(loop)
    loop.close()
    assert done["odd"].fault == "internal"
    assert done["fine"].status == 200
    assert len(receiver.requests) == 1


def test_a_doorbell_ends_the_wait(a_receiver: MakeReceiver, local_policy: OutboundPolicy) -> None:
    silent = a_receiver(lambda connection: time.sleep(1))
    wakeup, button = socket.socketpair()
    loop = TransferLoop()
    loop.watch(wakeup)
    loop.submit(a_request(silent.url()), None, local_policy)
    threading.Timer(0.1, button.send, (b"!",)).start()
    began = time.monotonic()
    assert loop.run(5) == []
    assert loop.doorbell_rang
    assert time.monotonic() - began < 2
    wakeup.recv(10)
    assert loop.run(0.05) == []
    assert not loop.doorbell_rang
    button.send(b"!")
    loop.watch(None)
    assert loop.run(0.05) == []
    assert not loop.doorbell_rang
    loop.close()
    wakeup.close()
    button.close()


def test_an_idle_loop_waits_for_its_doorbell_only() -> None:
    loop = TransferLoop()
    began = time.monotonic()
    assert loop.run(5) == []
    assert time.monotonic() - began < 1
    wakeup, button = socket.socketpair()
    loop.watch(wakeup)
    assert loop.run(0.1) == []
    assert 0.05 < time.monotonic() - began < 2
    loop.close()
    wakeup.close()
    button.close()


def test_closing_drops_what_is_in_flight(
    a_receiver: MakeReceiver, local_policy: OutboundPolicy, hung_names: Lookup
) -> None:
    silent = a_receiver(lambda connection: time.sleep(2))
    loop = TransferLoop(lookup=hung_names)
    for number in range(50):
        loop.submit(a_request(silent.url()), number, local_policy)
        loop.submit(a_request(f"http://hung{number}.example/"), number, local_policy)
    loop.run(0.1)
    began = time.monotonic()
    loop.close()
    assert time.monotonic() - began < 2
    assert loop.in_flight == 0


@pytest.mark.parametrize("timeout_ms", [0, -5, 1])
def test_a_time_limit_that_is_used_up_is_one_all_the_same(
    timeout_ms: int, a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    silent = a_receiver(lambda connection: time.sleep(3))
    began = time.monotonic()
    assert post(silent.url(), local_policy, timeout_ms=timeout_ms).fault in (
        "connect_timeout",
        "read_timeout",
    )
    assert time.monotonic() - began < 2


def test_a_loop_without_epoll_works_the_same(
    a_receiver: MakeReceiver, local_policy: OutboundPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("select.epoll", raising=False)
    receiver = a_receiver()
    silent = a_receiver(lambda connection: time.sleep(1))
    loop = TransferLoop()
    loop.submit(a_request(silent.url(), timeout_ms=300), "silent", local_policy)
    for number in range(20):
        loop.submit(a_request(receiver.url()), number, local_policy)
    done = finish(loop)
    loop.close()
    assert done.pop("silent").fault == "read_timeout"
    assert {exchange.status for exchange in done.values()} == {200}
