"""Certificates that fail, in the words and with the facts that a person needs."""

import datetime
import socket
import ssl
import time

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.outbound import Exchange, OutboundPolicy

from .conftest import MakeReceiver, post, server_tls
from .receivers import Receiver

HOST = "hooks.example"
YEARS_AGO = datetime.datetime(2019, 1, 1, tzinfo=datetime.UTC)
ENDED = datetime.datetime(2020, 2, 3, tzinfo=datetime.UTC)


def sent_to(receiver: Receiver, policy: OutboundPolicy, host: str = HOST, timeout_ms: int = 3000) -> Exchange:
    return post(receiver.url(host=host), policy, lookup=lambda _host: ["127.0.0.1"], timeout_ms=timeout_ms)


def test_a_good_certificate(
    a_receiver: MakeReceiver, authority: trustme.CA, local_policy: OutboundPolicy
) -> None:
    receiver = a_receiver(tls=server_tls(authority.issue_cert(HOST)))
    exchange = sent_to(receiver, local_policy)
    assert (exchange.fault, exchange.status) == (None, 200)
    assert exchange.tls_us > 0
    assert exchange.connect_us > 0


def test_the_default_authorities_do_not_vouch_for_the_tests_own(
    a_receiver: MakeReceiver, authority: trustme.CA, local_policy: OutboundPolicy
) -> None:
    receiver = a_receiver(tls=server_tls(authority.issue_cert(HOST)))
    policy = OutboundPolicy(allow_networks=local_policy.allow_networks, allow_ports=None)
    assert sent_to(receiver, policy).fault == "tls_incomplete_chain"
    assert receiver.requests == []


def test_an_expired_certificate(
    a_receiver: MakeReceiver, authority: trustme.CA, local_policy: OutboundPolicy
) -> None:
    certificate = authority.issue_cert(HOST, not_before=YEARS_AGO, not_after=ENDED)
    receiver = a_receiver(tls=server_tls(certificate))
    exchange = sent_to(receiver, local_policy)
    assert exchange.fault == "tls_expired"
    assert exchange.facts == {"host": HOST, "names": HOST, "expires": "2020-02-03"}
    assert receiver.requests == []


def test_a_self_signed_certificate(a_receiver: MakeReceiver, local_policy: OutboundPolicy) -> None:
    receiver = a_receiver(tls=_self_signed(HOST))
    assert sent_to(receiver, local_policy).fault == "tls_self_signed"
    assert receiver.requests == []


def test_an_authority_of_their_own(a_receiver: MakeReceiver, local_policy: OutboundPolicy) -> None:
    """A whole chain that ends in a root nobody knows is not a chain with a part missing."""
    root = trustme.CA()
    chain = root.create_child_ca().issue_cert(HOST)
    assert sent_to(a_receiver(tls=server_tls(chain)), local_policy).fault == "tls_self_signed"


def test_a_chain_without_its_intermediate(
    a_receiver: MakeReceiver, authority: trustme.CA, local_policy: OutboundPolicy
) -> None:
    certificate = authority.create_child_ca().issue_cert(HOST)
    complete, lacking = server_tls(certificate), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with certificate.private_key_pem.tempfile() as key, certificate.cert_chain_pems[0].tempfile() as leaf:
        lacking.load_cert_chain(leaf, key)
    assert sent_to(a_receiver(tls=complete), local_policy).status == 200
    assert sent_to(a_receiver(tls=lacking), local_policy).fault == "tls_incomplete_chain"


def test_a_certificate_for_another_name(
    a_receiver: MakeReceiver, authority: trustme.CA, local_policy: OutboundPolicy
) -> None:
    receiver = a_receiver(tls=server_tls(authority.issue_cert("other.example", "third.example")))
    exchange = sent_to(receiver, local_policy)
    assert exchange.fault == "tls_name_mismatch"
    assert exchange.facts["names"] == "other.example, third.example"
    assert receiver.requests == []


def test_many_odd_names_are_bounded_and_cleaned(
    a_receiver: MakeReceiver, authority: trustme.CA, local_policy: OutboundPolicy
) -> None:
    names = [f"n{i}.example" for i in range(200)]
    exchange = sent_to(a_receiver(tls=server_tls(authority.issue_cert(*names))), local_policy)
    assert exchange.facts["names"] == ", ".join(names[:5])


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_an_old_protocol_is_refused(
    a_receiver: MakeReceiver, authority: trustme.CA, local_policy: OutboundPolicy, version: ssl.TLSVersion
) -> None:
    context = server_tls(authority.issue_cert(HOST))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = version
    assert sent_to(a_receiver(tls=context), local_policy).fault == "tls_handshake"


def test_an_answer_that_is_no_tls(a_receiver: MakeReceiver, local_policy: OutboundPolicy) -> None:
    def speak_http(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    receiver = a_receiver(speak_http)
    url = receiver.url(host=HOST).replace("http:", "https:")
    assert post(url, local_policy, lookup=lambda _h: ["127.0.0.1"]).fault == "tls_handshake"


def test_a_handshake_that_never_ends_stops_at_the_time_limit(
    a_receiver: MakeReceiver, local_policy: OutboundPolicy
) -> None:
    receiver = a_receiver(lambda connection: time.sleep(1))
    url = receiver.url(host=HOST).replace("http:", "https:")
    exchange = post(url, local_policy, lookup=lambda _h: ["127.0.0.1"], timeout_ms=300)
    assert exchange.fault == "connect_timeout"
    assert exchange.facts["seconds"] == "0.3"
    assert 250_000 < exchange.duration_us < 1_500_000


def _self_signed(host: str) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pem = trustme.Blob(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    with pem.tempfile() as path:
        context.load_cert_chain(path)
    return context
