"""A canary in each secret field of the running program, and then a look at everything that it shows and keeps.

A new secret field gets a line in `PLANTED` of `canary_planting.py`; a new page or API call is looked at by itself,
because they come from the routes: one that needs an id which is not known here fails the test until it is given.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from app import create_app
from tests.e2e import canary_places
from tests.e2e.canary_planting import PLANTED, TOKEN, plant, recovery_and_link
from tests.e2e.canary_space import VISIBLE, Space
from tests.e2e.on_the_disk import kept_by
from tests.machine.mirror import Mirror
from tests.machine.running import Running

# They have no page of their own to look at: files, the log-in, addresses that others call.
NO_PAGE = {
    *(
        "static",
        "session.login",
        "portal.enter",
        "oauth_callback.callback",
        "oauth_callback.moved",
        "inbox.address",
        "confirmation.follow_link",
    ),
    *("action.by_hash", "action.by_token", "incoming_door.call"),
    # They lead to the log-in, or need a link that was sent.
    *("second_step.code", "single_sign_on.begin", "single_sign_on.callback"),
    *("password_resets.choose", "joining.invitation", "email_changes.question"),
}
# What an address is asked with, where it answers nothing else.
ASKED = {"api.search": "?q=4711"}


@pytest.fixture(scope="module")
def running_settings() -> dict[str, str]:
    """A mail server that wants a password; nobody listens there."""
    return {"SMTP_URL": f"smtp://us:{PLANTED['SMTP password']}@127.0.0.1:9", "LOG_FORMAT": "json"}


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    """Sends back what it gets."""
    server = Mirror(TOKEN).start()
    yield server
    server.stop()


def _wait_until_tried(space: Space, count: int) -> list[dict[str, Any]]:
    for _ in range(100):
        found = space.call("GET", "/deliveries")["data"]
        if len(found) >= count and all(one["attempts_count"] for one in found):
            return list(found)
        time.sleep(0.2)
    raise AssertionError(f"not tried: {found}")


def _people_in(space: Space) -> dict[str, str]:
    """Somebody, a role and a key, as pages and answers name them."""
    found = {
        "person_id": re.search(r"/settings/people/(per_\w+)/remove", space.look("/settings/people")),
        "role_id": re.search(r"/settings/roles/(rol_\w+)", space.look("/settings/roles")),
    }
    key = space.call("GET", "/api-keys")["data"][0]["id"]
    return {"api_key_id": key, **{name: one[1] for name, one in found.items() if one}}


def _look_at_everything(space: Space, ids: dict[str, str]) -> None:
    """Every page and API answer that there is."""
    app = create_app(space.running.settings)
    records = canary_places.make_records(space)
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in NO_PAGE or not canary_places.has_page(rule):
            continue
        path, values = rule.rule, canary_places.values_of(rule, ids, records)
        for name in rule.arguments:
            path = re.sub(rf"<(\w+:)?{name}>", values[name], path)
        space.look(path + ASKED.get(rule.endpoint, ""))
    webhook = ids["webhook_id"]
    for more in (
        f"/webhooks/new?copy={webhook}",
        f"/deliveries?webhook_id={webhook}",
        f"/webhooks/{webhook}/changes",
        "/search?q=4711",
    ):
        space.look(more)


def _forms(secret: str) -> set[str]:
    """A secret as it may lie about: as it is, in an address, in JSON, in Basic's base64."""
    basic = {base64.b64encode(f"{user}:{secret}".encode()).decode() for user in ("ada", "us")}
    return {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], *basic}


def _meant_to_show(name: str, place: str) -> bool:
    """To people who may manage webhooks, so that they can copy it: a secret key, an address that others call."""
    if "incoming" in name:
        return re.match(r"(POST )?/incoming/|/api/v1/incoming-webhooks", place) is not None
    return "signing secret" in name and place.endswith("/secret-key")


def test_no_secret_is_in_a_page_an_answer_the_log_or_the_database(running: Running, mirror: Mirror) -> None:
    person = ("--email", "canary@example.com", "--password", PLANTED["person's password"])
    running.flask("person", "create", *person, "--space", running.space)
    space = Space(running)
    space.log_in()
    ids = plant(space, mirror)
    event = space.call("POST", "/events", {"type": "lead.created", "data": {"id": 4711, "team": VISIBLE}})
    deliveries = _wait_until_tried(space, 5)
    ids |= {"event_id": event["id"], "delivery_id": deliveries[0]["id"], "key_id": "1"}
    answered = re.search(
        r"/attempts/(att_\w+)/response-body", space.look(f"/deliveries/{ids['delivery_id']}")
    )
    ids["attempt_id"] = answered[1] if answered else "att_1"
    ids |= recovery_and_link(space, ids["delivery_id"])
    for delivery in deliveries:
        space.look(f"/deliveries/{delivery['id']}")
        space.look(f"/api/v1/deliveries/{delivery['id']}")
    ids |= _people_in(space)
    ids |= canary_places.make_places(space, ids["webhook_id"])
    space.submit("/settings/alerts/trial", {})
    _look_at_everything(space, ids)
    inside = [json.loads(body) for body in mirror.bodies if b'"id_space"' in body]
    assert inside, "nothing came in the format space"
    space.generated |= {f"secret of the format space {n}": one["secret"] for n, one in enumerate(inside)}

    space.generated["key that signs cookies"] = running.settings["SECRET_KEY"]
    space.generated["key of the vault"] = running.settings["ENCRYPTION_KEYS"].partition(":")[2]

    places = {**space.seen, "log": running.process.output(), **dict(kept_by(running))}
    for what in ("database dump", f"/api/v1/deliveries/{deliveries[0]['id']}"):
        assert VISIBLE in places[what], f"{what} does not even show what is no secret"
    lying_about = [
        f"{name} in {place}"
        for name, secret in {**PLANTED, **space.generated}.items()
        for place, text in places.items()
        if any(form in text for form in _forms(str(secret))) and not _meant_to_show(name, place)
    ]
    assert lying_about == []
