"""Name lookups: shared, remembered, and never in the way of anyone when they hang."""

import socket
import threading
import time
from collections.abc import Callable

import pytest

from app.outbound import OutboundPolicy, Request, TransferLoop, names
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


@pytest.mark.parametrize("same_owner", [True, False])
def test_names_whose_servers_are_silent_do_not_hold_up_another(
    a_receiver: MakeReceiver, local_policy: OutboundPolicy, hung_names: Lookup, same_owner: bool
) -> None:
    receiver = a_receiver()
    loop = TransferLoop(lookup=hung_names)
    hung = 130 if same_owner else names.MAX_OF_OWNER + 100
    for number in range(hung):
        request = Request("POST", f"http://hung{number}.example/", [], b"", 5000, owner="a")
        loop.submit(request, number, local_policy)
    request = Request(
        "POST", receiver.url(host="fine.example"), [], b"", 5000, owner="a" if same_owner else "b"
    )
    began = time.monotonic()
    loop.submit(request, "fine", local_policy)
    [(token, exchange)] = loop.run(3)
    loop.close()
    assert (token, exchange.fault) == ("fine", None)
    assert time.monotonic() - began < 1


def test_a_name_that_did_not_answer_is_not_asked_again_at_once(local_policy: OutboundPolicy) -> None:
    asked = []

    def silent(host: str) -> list[str]:
        asked.append(host)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    loop = TransferLoop(lookup=silent)
    for _ in range(3):
        loop.submit(a_request("http://silent.example/"), None, local_policy)
        [(_token, exchange)] = loop.run(3)
        assert exchange.fault == "dns_timeout"
    loop.close()
    assert asked == ["silent.example"]


def test_names_known_to_be_silent_use_few_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "SILENT_AFTER_S", 0.0)
    released, running = threading.Event(), []

    def slow(host: str) -> list[str]:
        running.append(host)
        if "again" in running:
            released.wait(5)
        return []

    known = names.Names(slow, lambda: None)
    for number in range(100):
        known.ask(f"n{number}")
    wait_until(lambda: len(running) == 100 and len(known._finished) == 100)
    known.finished()
    running[:] = ["again"]
    for number in range(100):
        known.ask(f"n{number}")
    wait_until(lambda: len(running) > names.MAX_OF_SILENT)
    time.sleep(0.1)
    assert len(running) == 1 + names.MAX_OF_SILENT
    released.set()


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Come back once it is true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_look_up_that_took_the_time_is_what_is_named(
    a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    receiver = a_receiver(lambda connection: time.sleep(3))

    def slow(_host: str) -> list[str]:
        time.sleep(0.7)
        return ["127.0.0.1"]

    loop = TransferLoop(lookup=slow)
    url = f"https://slow.example:{receiver.port}/"
    loop.submit(Request("POST", url, [], b"", 1000), None, local_policy)
    [(_token, exchange)] = loop.run(3)
    loop.close()
    assert exchange.fault == "dns_timeout"
