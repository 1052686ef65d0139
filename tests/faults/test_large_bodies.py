"""A body that is too large, over a real socket: the caller gets the 413, not a broken pipe."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest

from tests.machine.running import Running

MIB = 1024 * 1024
SIZES = {
    "/api/v1/events": 8 * MIB,
    "/api/v1/events/batch": 40 * MIB,
    "/api/v1/webhooks": 8 * MIB,
    "/login": 8 * MIB,
}


@pytest.fixture(scope="module")
def key(running: Running) -> str:
    """A key of a space."""
    running.flask("space", "create", "Large")
    return running.api_key("Large", "administrative")


@pytest.mark.parametrize("path", SIZES)
def test_the_answer_to_a_body_that_is_too_large_arrives(running: Running, key: str, path: str) -> None:
    parts = urlsplit(running.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
    kind = "application/x-www-form-urlencoded" if path == "/login" else "application/json"
    headers = {"Content-Type": kind, "Authorization": f"Bearer {key}"}
    connection.request("POST", path, b"x" * SIZES[path], headers)
    assert connection.getresponse().status == 413
    connection.close()
