"""What one process changes, every web process knows at once: revoked keys, event types of a space's own."""

from __future__ import annotations

import time

import pytest

from app import create_app
from app.core.extensions import db
from app.services import api_keys, event_types

OWN = {"title": "Parcel lost", "sample": {"id": 1}}


@pytest.fixture(params=["with Redis", "without Redis"])
def server_settings(request, redis_server, database_url) -> dict[str, str]:
    processes = "1" if database_url.startswith("sqlite") else "3"
    redis = {"REDIS_URL": redis_server.url} if request.param == "with Redis" else {}
    return {"WEB_PROCESSES": processes, **redis}


@pytest.fixture
def elsewhere(settings, server_settings):
    """The application in another process, as far as the web server can tell."""
    app = create_app({**settings, **server_settings})
    with app.test_request_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_a_revoked_key_is_refused_within_a_second_in_every_process(server, elsewhere, server_settings):
    for _ in range(20):  # each process has come to know it
        assert server.publish().status_code == 202
    revoked_at = time.monotonic()
    api_keys.revoke_key(server.space_id, server.key_id)
    time.sleep(0.15 if "REDIS_URL" in server_settings else 1.0 - (time.monotonic() - revoked_at))
    assert {server.publish().status_code for _ in range(20)} == {401}


def test_an_event_type_of_the_spaces_own_counts_at_once(server, elsewhere, server_settings):
    lost = {"type": "parcel.lost"}
    assert {server.publish(**lost).status_code for _ in range(10)} == {422}
    definition = {**OWN, "group": "parcels", "object": "parcel", "action": "lost"}
    event_types.put_event_type(server.space_id, "parcel.lost", definition)
    assert {server.publish(**lost).status_code for _ in range(10)} == {202}
    event_types.delete_event_type(server.space_id, "parcel.lost")
    time.sleep(0.15 if "REDIS_URL" in server_settings else 1.0)
    assert {server.publish(**lost).status_code for _ in range(10)} == {422}
