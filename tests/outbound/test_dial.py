"""Only addresses that the policy allows are dialled, whatever the text of the URL or the name server says."""

import socket
from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from app.outbound import Exchange, OutboundPolicy, TransferLoop, check_address, names

from .conftest import MakeReceiver, a_request, post
from .receivers import OK_ANSWER, NameServer, Receiver

HOSTS_THAT_LEAD_TO_LOOPBACK = [
    "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0x0.0x0.0x1",
    "0x7f.1", "017700000001", "0177.0.0.1", "0177.0000.0000.0001", "00000177.1", "127.0.0.0x1",
    "0", "0.0.0.0", "127.9.9.9", "localhost", "LOCALHOST", "localhost.", "a.localhost",
    "ｌｏｃａｌｈｏｓｔ", "１２７.0.0.1", "127。0。0。1", "①②⑦.⓪.⓪.①", "２１３０７０６４３３",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[2002:7f00:1::]",
    "[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[fe80::1%25lo]", "[::1%25lo]", "[fe80::1%lo]",
    "user@127.0.0.1", "user:pass@127.0.0.1", "example.com@127.0.0.1", "127.0.0.1#@example.com",
    "example.com\\@127.0.0.1", "127.0.0.1\\.example.com", "127.0.0.1\t",
    "127.0.0.1\n.example.com", "127.0.0.1\0.example.com", "127.0.0.1 ", "[127.0.0.1]",
    "127.0.0.1:80@127.0.0.1",
]  # fmt: skip
METADATA = ["169.254.169.254", "169.254.170.2", "168.63.129.16", "100.100.100.200", "192.0.0.192", "10.0.0.1"]
METADATA += ["172.16.0.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "255.255.255.255"]
METADATA_V6 = [
    "fd00:ec2::254",
    "fe80::a9fe:a9fe",
    "::ffff:169.254.169.254",
    "2002:a9fe:a9fe::",
    "64:ff9b::a9fe:a9fe",
]

BLOCKED = ("blocked_address", "not_https")


@pytest.fixture
def listeners(a_receiver: MakeReceiver) -> list[Receiver]:
    """Listening on every address of this machine, so that nothing could slip by uncounted."""
    return [a_receiver(address=address) for address in ("0.0.0.0", "::") if _can_listen(address)]


@pytest.fixture
def name_server() -> Iterator[NameServer]:
    server = NameServer({})
    yield server
    server.close()


def only(*networks: str) -> OutboundPolicy:
    """A policy under which these loopback addresses stand for the public internet."""
    return OutboundPolicy(
        allow_networks=tuple(ip_network(n) for n in networks), allow_http=True, allow_ports=None
    )


def told_nothing(exchange: Exchange, *addresses: str) -> bool:
    """Whether what people see of a blocked address hides what it resolved to."""
    seen = repr((exchange.detail, exchange.facts, exchange.headers, exchange.body))
    return not any(address in seen for address in addresses) and exchange.connect_us == 0


@pytest.mark.parametrize("host", HOSTS_THAT_LEAD_TO_LOOPBACK)
def test_no_form_of_loopback_is_dialled(
    host: str, listeners: list[Receiver], public_policy: OutboundPolicy
) -> None:
    for listener in listeners:
        exchange = post(f"http://{host}:{listener.port}/", public_policy)
        assert exchange.fault in BLOCKED
        assert exchange.status is None
        assert listener.connections == 0


@pytest.mark.parametrize("ip", ["127.0.0.1", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1", "127.8.8.8"])
def test_a_public_name_that_resolves_to_loopback_is_not_dialled(
    ip: str, listeners: list[Receiver], public_policy: OutboundPolicy
) -> None:
    for listener in listeners:
        exchange = post(listener.url(host="public.example"), public_policy, lookup=lambda _host: [ip])
        assert exchange.fault == "blocked_address"
        assert listener.connections == 0
        assert told_nothing(exchange, ip)


@pytest.mark.parametrize("ip", METADATA + METADATA_V6)
def test_a_name_that_resolves_to_an_inside_address_is_blocked(ip: str, public_policy: OutboundPolicy) -> None:
    exchange = post("http://public.example/", public_policy, lookup=lambda _host: [ip])
    assert exchange.fault == "blocked_address"
    assert told_nothing(exchange, ip)


def test_a_name_in_the_hosts_file_is_judged_by_its_address(
    listeners: list[Receiver],
) -> None:
    policy = only("192.0.2.1/32")  # any network at all lets `localhost` be saved; the dial rule remains
    for listener in listeners:
        exchange = post(listener.url(host="localhost"), policy)
        assert exchange.fault == "blocked_address"
        assert listener.connections == 0


def test_rebinding_is_caught_when_the_answer_changes(
    a_receiver: MakeReceiver, name_server: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "GOOD_FOR_S", 0.0)
    inside = a_receiver(address="127.0.0.1")
    public = a_receiver(_answer_and_close, address="127.0.0.2")
    loop = TransferLoop(lookup=name_server.lookup)
    try:
        name_server.answers["rebind.example"] = ["127.0.0.2"]
        first = _through(loop, public.url(host="rebind.example"), only("127.0.0.2/32"))
        name_server.answers["rebind.example"] = ["127.0.0.1"]
        second = _through(loop, inside.url(host="rebind.example"), only("127.0.0.2/32"))
    finally:
        loop.close()
    assert (first.fault, first.status, public.connections) == (None, 200, 1)
    assert (second.fault, second.status, inside.connections) == ("blocked_address", None, 0)
    assert len(name_server.asked) == 2
    assert told_nothing(second, "127.0.0.1")


def test_one_refused_answer_ends_the_transfer(a_receiver: MakeReceiver, name_server: NameServer) -> None:
    inside = a_receiver(address="127.0.0.1")
    name_server.answers["mixed.example"] = ["127.0.0.1", "127.0.0.2"]
    exchange = post(inside.url(host="mixed.example"), only("127.0.0.2/32"), lookup=name_server.lookup)
    assert exchange.fault == "blocked_address"
    assert inside.connections == 0


def test_an_allowed_answer_that_fails_does_not_lead_to_a_refused_one(
    a_receiver: MakeReceiver, name_server: NameServer
) -> None:
    inside = a_receiver(address="127.0.0.1")  # nothing listens on 127.0.0.2 at this port
    name_server.answers["mixed.example"] = ["127.0.0.2", "127.0.0.1"]
    exchange = post(inside.url(host="mixed.example"), only("127.0.0.2/32"), lookup=name_server.lookup)
    assert exchange.fault == "blocked_address"
    assert inside.connections == 0


def test_an_answer_refused_while_another_connects_sends_nothing(a_receiver: MakeReceiver) -> None:
    """libcurl tries IPv6 and IPv4 side by side: the refusal of one ends both."""
    refused_first = a_receiver(address="127.0.0.1")
    for answers in (["::1", "127.0.0.1"], ["127.0.0.1", "::1"]):
        exchange = post(
            refused_first.url(host="both.example"), only("::1/128"), lookup=lambda _h, a=answers: a
        )
        assert exchange.fault == "blocked_address"
    assert refused_first.connections == 0


def test_several_allowed_answers_are_tried_in_turn(a_receiver: MakeReceiver) -> None:
    receiver = a_receiver(address="127.0.0.3")
    exchange = post(
        receiver.url(host="many.example"), only("127.0.0.0/8"), lookup=lambda _h: ["127.0.0.2", "127.0.0.3"]
    )
    assert exchange.status == 200


def test_a_connection_of_a_wider_policy_never_serves_a_stricter_one(a_receiver: MakeReceiver) -> None:
    receiver = a_receiver()
    strict, wide = only("192.0.2.0/24"), only("127.0.0.0/8")
    for first, second, last in ((wide, strict, "blocked_address"), (strict, wide, None)):
        loop = TransferLoop(lookup=lambda _h: ["127.0.0.1"])
        _through(loop, receiver.url(host="same.example"), first)
        assert _through(loop, receiver.url(host="same.example"), second).fault == last
        assert _through(loop, receiver.url(host="same.example"), strict).fault == "blocked_address"
        loop.close()


def test_the_own_inbox_is_reached_and_its_connection_serves_nobody_else(a_receiver: MakeReceiver) -> None:
    receiver = a_receiver()
    policy = OutboundPolicy(own_inbox=receiver.url("/inbox/"))
    wider = OutboundPolicy(own_inbox=receiver.url("/inbox/"), allow_http=True, allow_ports=None)
    inbox = receiver.url("/inbox/") + "a1b2c3d4e5f6a7b8"
    assert post(inbox, policy).status == 200
    loop = TransferLoop()
    assert _through(loop, inbox, wider).status == 200
    for other in ("/inbox/short", "/inbox/../a1b2c3d4e5f6a7b8", "/admin", "/inbox/a1b2c3d4e5f6a7b8?x=1"):
        assert _through(loop, receiver.url(other), wider).fault == "blocked_address"
    assert _through(loop, inbox, wider).status == 200
    loop.close()
    assert receiver.connections == 3
    assert len(receiver.requests) == 3


def test_a_port_or_scheme_that_is_no_longer_allowed_is_not_dialled(a_receiver: MakeReceiver) -> None:
    receiver = a_receiver()
    network = (ip_network("127.0.0.0/8"),)
    assert post(receiver.url(), OutboundPolicy(allow_networks=network)).fault == "not_https"
    ports = OutboundPolicy(allow_networks=network, allow_http=True)
    assert post(receiver.url(), ports).fault == "blocked_address"
    assert receiver.connections == 0


@pytest.mark.parametrize(
    "url",
    ["http://my_app.example.com/", "http://xn--bcher-kva.example/%C3%A4", "http://a.example/a/../b/%2e%2e/?q=%7Bx%7D",
     "http://1e100.example/@user", "http://a.example/?x=[1]&y=a'b;c,d!e*f(g)~", "http://a--b.example:8443/%"],
)  # fmt: skip
def test_every_form_that_is_stored_gets_as_far_as_the_dial_rule(
    url: str, public_policy: OutboundPolicy
) -> None:
    assert check_address(url, public_policy) == url
    assert post(url, public_policy, lookup=lambda _host: ["127.0.0.1"]).fault == "blocked_address"


def test_a_socket_that_cannot_be_opened_is_a_fault_of_ours(
    a_receiver: MakeReceiver, local_policy: OutboundPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = a_receiver()
    loop = TransferLoop()

    def none_left(*_arguments: object) -> socket.socket:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("socket.socket", none_left)
    exchange = _through(loop, receiver.url(), local_policy)
    loop.close()
    assert (exchange.fault, exchange.detail) == ("internal", "[Errno 24] Too many open files")


def test_a_redirect_is_reported_and_not_followed(
    a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    target = a_receiver()
    answer = b"HTTP/1.1 307 Moved\r\nLocation: " + target.url().encode() + b"\r\nContent-Length: 0\r\n\r\n"
    receiver = a_receiver(lambda connection: _answer_and_close(connection, answer))
    exchange = post(receiver.url(), local_policy)
    assert (exchange.fault, exchange.status, exchange.facts["location"]) == (None, 307, target.url())
    assert target.connections == 0


def test_proxies_and_netrc_of_the_environment_are_ignored(
    a_receiver: MakeReceiver, local_policy: OutboundPolicy, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    proxy, receiver = a_receiver(), a_receiver()
    for variable in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, proxy.url(""))
    monkeypatch.setenv("no_proxy", "")
    (tmp_path / ".netrc").write_text("default login me password secret\n")  # type: ignore[operator]
    monkeypatch.setenv("HOME", str(tmp_path))
    assert post(receiver.url(), local_policy).status == 200
    assert proxy.connections == 0
    assert b"authorization" not in receiver.requests[0].lower()


def _through(loop: TransferLoop, url: str, policy: OutboundPolicy) -> Exchange:
    loop.submit(a_request(url), None, policy)
    done: list[tuple[object, Exchange]] = []
    while not done:
        done = loop.run(5)
    return done[0][1]


def _can_listen(address: str) -> bool:
    """Not every machine has IPv6."""
    try:
        socket.create_server(
            (address, 0), family=socket.AF_INET6 if ":" in address else socket.AF_INET
        ).close()
    except OSError:
        return False
    return True


def _answer_and_close(connection: socket.socket, answer: bytes | None = None) -> None:
    connection.recv(65536)
    connection.sendall(answer or OK_ANSWER.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
