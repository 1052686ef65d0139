"""A host product's calls through the front: its key, the header that names a space, forms at addresses with a space."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
import requests

from app.services import spaces
from app.services.instance_keys import create_instance_key
from tests.front.conftest import EMAIL, EVENT, PASSWORD, Server

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def publish_as_host(server: Server) -> Callable[..., requests.Response]:
    """Publishes with an instance key."""
    with server.app.test_request_context():
        spaces.put_space("4711", {"name": "Borealis"})
        _key, text = create_instance_key(["events:write"], "Host")

    def do(space: str | None, path: str = "/events", key: str = text) -> requests.Response:
        named = {} if space is None else {"Hookdesk-Space": space}
        body = EVENT if path == "/events" else {"events": [EVENT]}
        headers = {"Authorization": f"Bearer {key}", **named}
        return requests.post(f"{server.process.url}/api/v1{path}", json=body, headers=headers, timeout=30)

    return do


def test_a_key_of_the_instance_publishes_where_the_header_says(
    server: Server, publish_as_host: Callable[..., requests.Response]
) -> None:
    for path in ("/events", "/events/batch"):
        assert publish_as_host("ext:4711", path).status_code == 202
        assert publish_as_host(server.space_id, path).status_code == 202
        assert publish_as_host(None, path).status_code == 400
        assert publish_as_host("ext:nobody", path).status_code == 404
        assert publish_as_host("ext:4711", path, key="hki_wrong").status_code == 401
        assert publish_as_host("ext:4711", path, key=server.key).status_code == 403
        assert publish_as_host(server.space_id, path, key=server.key).status_code == 202


def test_an_archived_space_takes_nothing_within_a_second(
    server: Server, publish_as_host: Callable[..., requests.Response]
) -> None:
    assert server.publish().status_code == 202
    with server.app.test_request_context():
        spaces.archive(server.space_id)
    assert publish_as_host(server.space_id).status_code == 409
    time.sleep(1.0)
    assert server.publish().status_code == 409


def test_what_is_posted_to_an_address_with_a_space_arrives(server: Server) -> None:
    browser = requests.Session()
    there = f"{server.process.url}/s/{server.space_id}"
    page = browser.get(f"{there}/login", timeout=30).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    form = {
        "csrf_token": token[1],
        "email": EMAIL,
        "password": PASSWORD,
        "next": f"/s/{server.space_id}/spaces",
    }
    answer = browser.post(f"{there}/login", data=form, timeout=30)
    assert answer.url == f"{there}/spaces"
    assert "My spaces" in answer.text
