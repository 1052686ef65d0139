"""Name lookups: shared, remembered, and never in the way of anyone when they hang."""

import socket
import time

import pytest

from app.outbound import OutboundPolicy, TransferLoop, names
from app.outbound.names import Lookup

from .conftest import MakeReceiver, a_request, finish, post
from .receivers import OK_ANSWER


def test_names_that_never_resolve_hold_up_nobody(
    a_receiver: MakeReceiver, local_policy: OutboundPolicy, hung_names: Lookup
) -> None:
    receiver = a_receiver()
    loop = TransferLoop(lookup=hung_names)
    for number in range(200):
        loop.submit(a_request(f"http://hung{number % 40}.example/", timeout_ms=400), number, local_policy)
    loop.submit(a_request(receiver.url(host="fine.example")), "fine", local_policy)
    assert [token for token, _ in loop.run(2)] == ["fine"]
    done = finish(loop)
    loop.close()
    assert {exchange.fault for exchange in done.values()} == {"dns_timeout"}
    assert len(done) == 200
    assert all(350_000 < exchange.duration_us < 2_000_000 for exchange in done.values())


def test_more_hung_names_than_threads_still_end_in_time(
    local_policy: OutboundPolicy, hung_names: Lookup
) -> None:
    loop = TransferLoop(lookup=hung_names)
    for number in range(names.MAX_LOOKUPS + 20):
        loop.submit(a_request(f"http://hung{number}.example/", timeout_ms=300), number, local_policy)
    done = finish(loop)
    loop.close()
    assert {exchange.fault for exchange in done.values()} == {"dns_timeout"}
    assert len(done) == names.MAX_LOOKUPS + 20


def test_lookups_of_one_name_are_shared_and_remembered(
    a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    asked = []

    def lookup(host: str) -> list[str]:
        asked.append(host)
        time.sleep(0.05)
        return ["127.0.0.1"]

    receiver = a_receiver()
    loop = TransferLoop(lookup=lookup)
    for _round in range(2):
        for number in range(10):
            loop.submit(a_request(receiver.url(host="one.example")), number, local_policy)
        assert {exchange.status for exchange in finish(loop).values()} == {200}
    loop.close()
    assert asked == ["one.example"]


def test_a_looked_up_name_serves_every_connection(
    a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    """The name is known to our lookup alone: libcurl must never ask the system for it."""

    def answer_and_close(connection: socket.socket) -> None:
        receiver.read_request(connection)
        connection.sendall(OK_ANSWER.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n", 1))

    receiver = a_receiver(answer_and_close)
    loop = TransferLoop(lookup=lambda _host: ["127.0.0.1"])
    for _round in range(5):
        for number in range(10):
            loop.submit(a_request(receiver.url(host="ours.invalid")), number, local_policy)
        assert {exchange.status for exchange in finish(loop).values()} == {200}
    loop.close()
    assert receiver.connections == 50


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "dns_not_found"),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), "dns_timeout"),
        (socket.gaierror(socket.EAI_FAIL, "Non-recoverable failure"), "dns_timeout"),
        (UnicodeError("label too long"), "dns_not_found"),
    ],
)
def test_lookups_that_fail(error: Exception, fault: str, local_policy: OutboundPolicy) -> None:
    def lookup(_host: str) -> list[str]:
        raise error

    exchange = post("http://gone.example/", local_policy, lookup=lookup)
    assert (exchange.fault, exchange.status) == (fault, None)
    assert exchange.facts["host"] == "gone.example"
    assert exchange.detail


def test_a_name_without_addresses_is_not_found(local_policy: OutboundPolicy) -> None:
    assert post("http://empty.example/", local_policy, lookup=lambda _h: []).fault == "dns_not_found"
