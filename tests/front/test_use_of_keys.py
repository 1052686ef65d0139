"""Publishing through the front notes when the key was used, and from where."""

from __future__ import annotations

import time

import pytest
import requests

from app.core.extensions import db
from app.models import ApiKey
from tests.front.conftest import EVENT

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def server_settings() -> dict[str, str]:
    return {"TRUSTED_PROXIES": "1"}


def used(server) -> tuple[object, str]:
    with server.app.test_request_context():
        db.session.expire_all()
        row = db.session.get(ApiKey, server.key_id)
        return row.last_used_at, row.last_used_from


def test_the_first_of_many_publishes_is_noted_with_the_visitors_address(server):
    for number in range(20):
        headers = {**server.headers, "X-Forwarded-For": f"198.51.100.9, 203.0.113.{number + 1}"}
        answer = requests.post(f"{server.process.url}/api/v1/events", json=EVENT, headers=headers, timeout=30)
        assert answer.status_code == 202
    until = time.monotonic() + 10
    while used(server)[0] is None and time.monotonic() < until:
        time.sleep(0.05)
    at, address = used(server)
    assert at is not None and address == "203.0.113.1"
