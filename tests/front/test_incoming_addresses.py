"""Nobody's body is read at an incoming address that is not there; calls of one that is go through (D1)."""

from __future__ import annotations

import time

import pytest
import requests

from app.services import incoming
from app.services.incoming import Maker, address_of

pytestmark = pytest.mark.databases("sqlite")
PATH = "/crm/v1/entities/lead"


@pytest.fixture
def address(server) -> str:
    """An address that works."""
    with server.app.test_request_context():
        webhook = incoming.create(
            server.space_id, {"name": "In", "tools": ["crm"]}, Maker(None, server.key_id)
        )
        return address_of(webhook).rpartition("/in/")[2]


def answer_without_body(server, token: str, seconds: float) -> bytes:
    """What comes back when a body is announced and not sent."""
    with server.connect() as peer:
        peer.settimeout(seconds)
        peer.sendall(
            f"POST /in/{token}{PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n"
            "Content-Type: application/json\r\n\r\n".encode()
        )
        try:
            return peer.recv(65536)
        except TimeoutError:
            return b""


def test_an_unknown_address_is_answered_before_its_body_comes(server, address: str) -> None:
    began = time.monotonic()
    assert answer_without_body(server, "A" * 32, 5).startswith(b"HTTP/1.1 404")
    assert time.monotonic() - began < 2
    assert answer_without_body(server, address, 1) == b""


def test_calls_go_through_the_front(server, address: str) -> None:
    url = f"{server.process.url}/in/{address}{PATH}"
    made = requests.request("POST", url, json={"title": "Lead"}, timeout=30)
    assert made.status_code == 201, made.text
    assert requests.request("GET", f"{url}/{made.json()['id']}", timeout=30).json() == made.json()
    too_large = requests.request(
        "POST", url, data=b" " * (1024 * 1024 + 1), headers={"Content-Type": "application/json"}, timeout=30
    )
    assert too_large.status_code == 413
    assert (
        requests.request("POST", f"{server.process.url}/in/nobody{PATH}", json={}, timeout=30).status_code
        == 404
    )
