"""Fixtures: receivers that are closed after each test, and the policies the tests use."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest
import trustme

from app.outbound import Exchange, OutboundPolicy, Request, TransferLoop, send_one
from app.outbound.names import Lookup

from .receivers import Receiver, Script

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

MakeReceiver = Callable[..., Receiver]


@pytest.fixture
def a_receiver() -> Iterator[MakeReceiver]:
    """Makes receivers; closes them at the end."""
    made: list[Receiver] = []

    def make(script: Script | None = None, **options: object) -> Receiver:
        receiver = Receiver(script, **options)  # type: ignore[arg-type]
        made.append(receiver)
        return receiver

    yield make
    for receiver in made:
        receiver.close()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """The certificate authority that the tests' policies trust."""
    return trustme.CA()


@pytest.fixture(scope="session")
def trusted_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PEM file with that authority."""
    path: Path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def local_policy(trusted_file: str) -> OutboundPolicy:
    """Loopback may be reached, with http, on any port."""
    return OutboundPolicy(allow_networks=LOOPBACK, allow_http=True, allow_ports=None, ca_file=trusted_file)


@pytest.fixture
def public_policy(trusted_file: str) -> OutboundPolicy:
    """Public addresses only; http and any port, so that nothing but the address is in the way."""
    return OutboundPolicy(allow_http=True, allow_ports=None, ca_file=trusted_file)


@pytest.fixture
def hung_names() -> Iterator[Lookup]:
    """A lookup that never answers, until the test is over."""
    over = threading.Event()

    def lookup(host: str) -> list[str]:
        if host.startswith("hung"):
            over.wait(30)
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure")
        return ["127.0.0.1"]

    yield lookup
    over.set()


def server_tls(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """A receiver's side of TLS with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def a_request(url: str, **changes: object) -> Request:
    """A small POST to `url`."""
    fields: dict[str, object] = {
        "method": "POST",
        "url": url,
        "headers": [("Content-Type", "application/json"), ("webhook-id", "evt_1")],
        "body": b'{"a":1}',
        "timeout_ms": 3000,
    }
    return Request(**(fields | changes))  # type: ignore[arg-type]


def post(url: str, policy: OutboundPolicy, **changes: object) -> Exchange:
    """Send a small POST and wait."""
    lookup = changes.pop("lookup", None)
    options = {} if lookup is None else {"lookup": lookup}
    return send_one(a_request(url, **changes), policy, **options)  # type: ignore[arg-type]


def finish(loop: TransferLoop, limit_s: float = 5.0) -> dict[object, Exchange]:
    """Run until nothing is in flight."""
    done: dict[object, Exchange] = {}
    until = time.monotonic() + limit_s
    while loop.in_flight and time.monotonic() < until:
        done.update(loop.run(0.5))
    return done
