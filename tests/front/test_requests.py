"""What arrives in unusual ways: large, in chunks, in one go, without a body; and the same answers as Flask's."""

from __future__ import annotations

import json
import re
import socket

import pytest
import requests

from tests.front.conftest import EVENT

pytestmark = pytest.mark.databases("sqlite")


def test_8_mb_get_413_and_not_a_broken_pipe(server):
    for path in ("/events", "/webhooks"):
        answer = server.api("POST", path, data=b"x" * 8_000_000)
        assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")
    assert requests.post(f"{server.process.url}/login", data=b"x" * 8_000_000, timeout=30).status_code == 413


def test_8_mb_in_chunks_get_413_too(server):
    for path in ("/events", "/webhooks"):
        answer = server.api("POST", path, data=iter([b"x" * 100_000] * 80))
        assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")


def test_8_mb_with_a_wrong_key_get_401(server):
    answer = server.api("POST", "/events", data=b"x" * 8_000_000, headers={"Authorization": "Bearer no"})
    assert answer.status_code == 401


def test_an_event_in_chunks_without_a_length(server):
    pieces = iter([b'{"type":"lead.created",', b'"data":{"id":', b"1}}"])
    answer = server.api("POST", "/events", data=pieces, headers={"Content-Type": "application/json"})
    assert answer.status_code == 202


def test_several_requests_in_one_go(server):
    body = json.dumps(EVENT).encode()
    one = (
        b"POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s" % (server.key.encode(), len(body), body)
    )
    health = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with server.connect() as peer:
        peer.sendall(one + health + one + last)
        said = b"".join(iter(lambda: peer.recv(65536), b""))
    assert re.findall(rb"HTTP/1.1 (\d+)", said) == [b"202", b"200", b"202", b"200"]


def test_head_and_options(server):
    head = requests.head(f"{server.process.url}/login", timeout=30)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["Content-Length"]) > 1000
    options = requests.options(f"{server.process.url}/login", timeout=30)
    assert {"GET", "HEAD", "OPTIONS", "POST"} <= set(options.headers["Allow"].split(", "))


def test_addresses_with_signs_of_other_alphabets(server):
    assert requests.get(f"{server.process.url}/nirgendwo/%C3%BC%20x%2Fy", timeout=30).status_code == 404


JSON = {"Content-Type": "application/json"}
CALLS = [
    ("events", {"json": EVENT}),
    ("events", {"json": {**EVENT, "type": "no.such"}}),
    ("events", {"json": {**EVENT, "nonsense": 1}}),
    ("events", {"json": {**EVENT, "idempotency_key": "k"}}),
    ("events", {"json": [1]}),
    ("events", {"data": b"{", "headers": JSON}),
    ("events", {"data": b"", "headers": JSON}),
    ("events", {"data": b'{"type":"lead.created","data":{"a":1e400}}', "headers": JSON}),
    ("events", {"data": b"{}", "headers": {"Content-Type": "text/plain"}}),
    ("events", {"json": EVENT, "headers": {"Idempotency-Key": "x" * 300}}),
    ("events", {"json": EVENT, "headers": {"Authorization": "Bearer no"}}),
    ("events", {"json": EVENT, "headers": {"Authorization": "Basic abc"}}),
    ("events/batch", {"json": {"events": [EVENT, EVENT]}}),
    ("events/batch", {"json": {"events": [EVENT, {**EVENT, "type": "x"}]}}),
    ("events/batch", {"json": {"events": []}}),
    ("events/batch", {"json": {"events": [EVENT], "more": 1}}),
    ("events/batch", {"json": {"events": [EVENT]}, "headers": {"Idempotency-Key": "x" * 251}}),
    ("webhooks", {"json": {}}),
    ("webhooks", {"json": {}, "headers": {"Authorization": "Bearer no"}}),
]
READS = [
    ("GET", "webhooks", {}),
    ("GET", "webhooks", {"Authorization": "Bearer no"}),
    ("HEAD", "webhooks", {"Authorization": "Bearer no"}),
    ("DELETE", "webhooks/nowhere", {"Authorization": "Bearer no"}),
    ("GET", "nowhere", {}),
    ("GET", "openapi.json", {"Authorization": ""}),
    ("OPTIONS", "events", {}),
    ("POST", "events", {}),
]
# Made anew for each answer.
OWN = {"Date", "Server", "Location", "Connection"}


@pytest.mark.parametrize(("path", "call"), CALLS)
def test_the_same_answer_as_flasks(server, path, call):
    headers = {**server.headers, **call.get("headers", {})}
    here = requests.post(f"{server.process.url}/api/v1/{path}", **{**call, "headers": headers}, timeout=30)
    there = server.app.test_client().post(f"/api/v1/{path}", **{**call, "headers": headers})
    assert here.status_code == there.status_code
    assert _told(here.headers) == _told(there.headers)
    assert _without_ids(here.json()) == _without_ids(there.json)


@pytest.mark.parametrize(("method", "path", "changed"), READS)
def test_the_same_answer_as_flasks_without_a_body(server, method, path, changed):
    headers = {**server.headers, "Accept-Encoding": "identity", **changed}
    here = requests.request(method, f"{server.process.url}/api/v1/{path}", headers=headers, timeout=30)
    there = server.app.test_client().open(f"/api/v1/{path}", method=method, headers=headers)
    assert (here.status_code, here.content) == (there.status_code, there.data)
    assert _told(here.headers) == _told(there.headers)


def _told(headers):
    """What the headers say; names in a list are in no order."""
    told = {name.title(): value for name, value in headers.items() if name.title() not in OWN}
    return told | {"Allow": set(told.get("Allow", "").split(", "))}


def _without_ids(body):
    return {name: value for name, value in body.items() if name not in {"id", "ids", "created_at"}}


@pytest.fixture
def settings(settings):
    """One proxy is believed; the visitor's address and the scheme are what it says."""
    return {**settings, "TRUSTED_PROXIES": "1"}


def test_a_proxys_word_is_passed_on(server):
    told = {
        "X-Forwarded-For": "192.0.2.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "hooks.example.com",
    }
    answer = requests.get(f"{server.process.url}/webhooks", headers=told, allow_redirects=False, timeout=30)
    assert answer.status_code in {302, 303}
    webhook = {"name": "A", "url": "https://crm.example.com/", "events": ["lead.created"]}
    made = server.api("POST", "/webhooks", json=webhook, headers=told)
    assert made.status_code == 201
    changes = server.api("GET", f"/webhooks/{made.json()['id']}/changes").json()["data"]
    assert {change["address"] for change in changes} == {"192.0.2.7"}


@pytest.mark.parametrize("path", ["/login", "/api/v1/webhooks", "/api/v1/events", "/nowhere"])
@pytest.mark.parametrize("body", [b"zz\r\nxx\r\n", b"\xff\x00" * 200, b"5\r\nab\r\n0\r\n\r\n", b"-1\r\n\r\n"])
def test_broken_chunks_are_the_clients_fault(server, path, body):
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.key}\r\n"
    with server.connect() as peer:
        peer.settimeout(5)
        peer.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + body)
        if body.startswith(b"5"):
            peer.shutdown(socket.SHUT_WR)
        assert peer.recv(4096).split()[1] in {b"400", b"404"}
