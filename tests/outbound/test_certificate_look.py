"""The receiver's certificates when all went well, and a connection that sends nothing."""

from __future__ import annotations

import datetime

import trustme

from app.outbound import OutboundPolicy, Request, send_one

from .conftest import MakeReceiver, server_tls

HOST = "hooks.example"
ENDS = datetime.datetime(2035, 2, 3, tzinfo=datetime.UTC)
ENDED = datetime.datetime(2020, 2, 3, tzinfo=datetime.UTC)
LONG_AGO = datetime.datetime(2019, 1, 1, tzinfo=datetime.UTC)


def _look(url: str, policy: OutboundPolicy, **more: bool):
    request = Request("POST", url, [], b"{}", 3000, keep_certificates=True, **more)
    return send_one(request, policy, lookup=lambda _host: ["127.0.0.1"])


def test_the_chain_is_told_where_it_is_asked_for(a_receiver: MakeReceiver, authority, local_policy) -> None:
    receiver = a_receiver(tls=server_tls(authority.issue_cert(HOST, not_after=ENDS)))
    exchange = _look(receiver.url(host=HOST), local_policy)
    assert (exchange.fault, exchange.status) == (None, 200)
    assert exchange.certificates[0].names == (HOST,)
    assert exchange.certificates[0].expires == ENDS


def test_nothing_is_sent_on_a_connection_that_only_looks(
    a_receiver: MakeReceiver, authority, local_policy
) -> None:
    receiver = a_receiver(tls=server_tls(authority.issue_cert(HOST, not_after=ENDS)))
    exchange = _look(receiver.url(host=HOST), local_policy, connect_only=True)
    assert (exchange.fault, exchange.status) == (None, None)
    assert exchange.certificates[0].expires == ENDS
    assert receiver.requests == []
    assert receiver.connections == 1


def test_a_look_at_an_expired_certificate_says_so(
    a_receiver: MakeReceiver, authority: trustme.CA, local_policy
) -> None:
    certificate = authority.issue_cert(HOST, not_before=LONG_AGO, not_after=ENDED)
    receiver = a_receiver(tls=server_tls(certificate))
    exchange = _look(receiver.url(host=HOST), local_policy, connect_only=True)
    assert exchange.fault == "tls_expired"
    assert exchange.certificates[0].expires == ENDED


def test_a_look_obeys_the_policy(a_receiver: MakeReceiver, authority, public_policy) -> None:
    receiver = a_receiver(tls=server_tls(authority.issue_cert(HOST)))
    assert _look(receiver.url(host=HOST), public_policy, connect_only=True).fault == "blocked_address"
    assert receiver.connections == 0
