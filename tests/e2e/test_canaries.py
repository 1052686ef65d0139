"""A canary in each secret field of the running program, and then a look at everything that it shows and keeps.

A new secret field gets a line in `PLANTED`; a new page or API call is looked at by itself, because they come
from the routes: one that needs an id which is not known here fails the test until it is given.
"""

from __future__ import annotations

import base64
import html
import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from app import create_app
from tests.e2e import canary_places
from tests.e2e.conftest import SPACE
from tests.machine.mirror import Mirror
from tests.machine.running import Running

VISIBLE = "no-secret-and-therefore-visible"
TOKEN = {
    "access_token": "canary-access-token",
    "token_type": "Bearer",
    "expires_in": 3600,
    "refresh_token": "canary-new-refresh-token",
}
# What is typed into secret fields: where, and what.
PLANTED = {
    "Basic password": "canary-basic-password",
    "secret header": "canary-header-value",
    "client_secret": "canary-client-secret",
    "refresh_token": "canary-refresh-token",
    "password of an OAuth connection": "canary-grant-password",
    "typed code": "canary-typed-code",
    "code of Connect": "canary-connect-code",
    "own parameter of an OAuth connection": "canary-own-parameter",
    "access token": TOKEN["access_token"],
    "renewed refresh token": TOKEN["refresh_token"],
    "http_pass": "canary-http-pass",
    "person's password": "canary password of a person",
    "SMTP password": "canary-smtp-password",
    "password in an address": "canary-address-password",
    "secret of a source": canary_places.SOURCE_SECRET,
}
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


class Space:
    """The space as a program and its owner see it; `seen` is all that either was shown."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.key = running.api_key(SPACE, "administrative")
        self.signing_key = running.flask(
            *("api-key", "create", "--space", SPACE, "--scope", "administrative", "--action-api")
        ).splitlines()[-1]
        self.browser = requests.Session()
        self.seen: dict[str, str] = {}
        self.generated: dict[str, str] = {
            "API key": self.key.removeprefix("hkd_"),
            "key of the action API": self.signing_key.removeprefix("hkd_"),
        }

    def call(
        self, method: str, path: str, body: Any = None, keep: bool = True, refused: int = 409
    ) -> dict[str, Any]:
        """Call the API. `keep`: the answer must hold no secret. `refused`: another status it may have."""
        headers = {"Authorization": f"Bearer {self.key}"}
        url = f"{self.running.url}/api/v1{path}"
        answer = requests.request(method, url, json=body, headers=headers, timeout=20)
        assert answer.status_code < 300 or answer.status_code == refused, answer.text
        if keep:
            self.seen[f"{method} {path}"] = answer.text + str(answer.headers)
        return dict(answer.json()) if answer.content else {}

    def log_in(self) -> None:
        """As the owner."""
        form = {"email": self.running.owner_email, "password": self.running.owner_password}
        answer = self.submit("/login", {**form, "next": ""})
        assert "Log in" not in answer

    def look(self, path: str) -> str:
        """Open a page or read an API answer."""
        bearer = {"Authorization": f"Bearer {self.key}"} if path.startswith("/api/v1") else {}
        answer = self.browser.get(self.running.url + path, headers=bearer, timeout=20)
        assert 200 <= answer.status_code < 300, f"{path}: {answer.status_code}"  # 286 ends polling
        assert "/login" not in answer.url, path
        self.seen[path] = answer.text + str(answer.headers)
        return answer.text

    def submit(self, path: str, form: dict[str, Any], files: dict[str, Any] | None = None) -> str:
        """Send a form. Returns the page that it leads to."""
        page = self.browser.get(
            f"{self.running.url}/{'login' if path == '/login' else 'password'}", timeout=20
        )
        found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert found
        answer = self.browser.post(
            self.running.url + path, data={"csrf_token": found[1], **form}, files=files, timeout=20
        )
        assert answer.status_code < 500
        self.seen[f"POST {path}"] = answer.text
        return answer.text

    def new_webhook(self, name: str, **settings: Any) -> str:
        """A webhook, on; its signing secret counts as planted."""
        base = {"name": name, "events": ["lead.created"], "headers": {"X-Team": VISIBLE}}
        made = self.call("POST", "/webhooks", {**base, **settings}, keep=False)
        self.generated[f"signing secret of {name}"] = made["secret"].removeprefix("whsec_")
        self.call("POST", f"/webhooks/{made['id']}/test")
        self.call("POST", f"/webhooks/{made['id']}/enable", {"force": True})
        return str(made["id"])


def _plant(space: Space, mirror: Mirror) -> dict[str, str]:
    """Fill every secret field. Returns ids for the addresses of pages."""
    oauth_credential = _oauth_credentials(space, mirror)
    basic = {"kind": "basic", "username": "ada", "password": PLANTED["Basic password"]}
    webhook = space.new_webhook(
        "Basic",
        url=mirror.at("/ok"),
        auth=basic,
        headers={"X-Team": VISIBLE, "X-Api-Key": PLANTED["secret header"]},
    )
    space.new_webhook("Failing", url=mirror.at("/fail"), auth=basic, events=["lead.created", "deal.created"])
    space.new_webhook(
        "OAuth", url=mirror.at("/ok"), auth={"kind": "oauth", "credential_id": oauth_credential}
    )
    space.new_webhook("Space", url=mirror.at("/ok"), format="space")
    space.new_webhook("SNS", url=mirror.at("/ok"), format="sns")
    _confirm(space, mirror)
    refused = {"name": "x", "events": ["lead.created"]}
    refused["url"] = f"https://ada:{PLANTED['password in an address']}@crm.example.com/"
    space.call("POST", "/webhooks", refused, refused=422)
    rotated = space.call("POST", f"/webhooks/{webhook}/rotate-secret", {"overlap_s": 3600}, keep=False)
    space.generated["rotated signing secret"] = rotated["secret"].removeprefix("whsec_")
    space.call("PATCH", f"/webhooks/{webhook}", {"name": "Basic again", "auth": basic})
    _action_api(space, mirror)
    return {"webhook_id": webhook, "credential_id": oauth_credential, "key": "lead.created"}


def _oauth_credentials(space: Space, mirror: Mirror) -> str:
    """One OAuth credential for each grant that carries a secret; the id of one."""
    own = {
        "client_id": "us",
        "client_secret": PLANTED["client_secret"],
        "x-own": PLANTED["own parameter of an OAuth connection"],
    }
    grants: list[dict[str, str]] = [
        {},
        {"grant_type": "refresh_token", "refresh_token": PLANTED["refresh_token"]},
        {"grant_type": "password", "username": "ada", "password": PLANTED["password of an OAuth connection"]},
        {"grant_type": "authorization_code", "code": PLANTED["typed code"]},
        {"grant_type": "authorization_code", "code": "{{generated_code}}"},
    ]
    made = ""
    for number, grant in enumerate(grants):
        settings = {
            "name": f"Sign-in {number}",
            "token_url": mirror.at("/token"),
            "send_in": "basic" if number % 2 else "form",
            "parameters": {**own, **grant},
        }
        if grant.get("code") == "{{generated_code}}":
            settings["authorize_url"] = mirror.at("/authorize")
        made = str(space.call("POST", "/oauth-credentials", settings)["id"])
        space.call("POST", f"/oauth-credentials/{made}/test")
    _connect(space, made)
    return made


def _connect(space: Space, oauth_credential: str) -> None:
    """Press Connect, and come back with a code as if somebody had signed in there."""
    leaving = html.unescape(space.submit(f"/settings/oauth-connections/{oauth_credential}/connect", {}))
    state = re.search(r"[?&]state=([\w-]+)", leaving)
    assert state
    del space.seen[
        f"POST /settings/oauth-connections/{oauth_credential}/connect"
    ]  # it leads to the other system with the state
    space.generated["state of Connect"] = state[1]
    code = PLANTED["code of Connect"]
    page = space.look(f"/settings/sign-ins/callback?state={state[1]}&code={code}")
    assert "Connected. We have an access token." in page


def _confirm(space: Space, mirror: Mirror) -> None:
    """Have a link sent, and follow it."""
    space.new_webhook("Confirmed", url=mirror.at("/ok"), verification="confirmation")
    links = [
        json.loads(body)["data"]["confirmation_url"] for body in mirror.bodies if b"confirmation_url" in body
    ]
    space.generated["token of a link"] = links[-1].rpartition("/")[2]
    space.look("/webhooks")
    assert "Confirmed" in requests.get(links[-1], timeout=20).text


def _action_api(space: Space, mirror: Mirror) -> None:
    query = {"action": "add_webhook", "url": mirror.at("/ok"), "events": "post_task", "http_user": "ada"}
    answer = requests.get(
        f"{space.running.url}/api/oauth2",
        {**query, "http_pass": PLANTED["http_pass"]},
        headers={"Authorization": f"Bearer {space.signing_key}"},
        timeout=20,
    )
    assert answer.json()["status"] == "ok"
    space.seen["add_webhook"] = answer.text


def _recovery_and_link(space: Space, delivery_id: str) -> dict[str, str]:
    """Resend what cannot be resent now or can, and share it by a link, whose token is shown once."""
    failing = next(one for one in space.call("GET", "/deliveries")["data"] if one["status"] != "succeeded")
    page = space.submit("/recoveries", {"id": failing["id"]})
    recovery = re.search(r"/recoveries/(rcv_\w+)", page)
    given = space.submit(f"/deliveries/{delivery_id}/links", {"days": "7"})
    token = re.search(r"/shared/([\w-]{43})", given)
    assert recovery and token
    del space.seen[f"POST /deliveries/{delivery_id}/links"]
    space.generated["token of a shared link"] = token[1]
    return {"recovery_id": recovery[1], "token": token[1]}


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


def _dump(file: Path) -> str:
    """Every row as SQL. An index of words cannot be read as a table, so the tables it is kept in are."""
    with closing(sqlite3.connect(file)) as database, closing(sqlite3.connect(":memory:")) as copy:
        database.backup(copy)
        copy.execute("PRAGMA writable_schema = ON")
        copy.execute("DELETE FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'")
        return "\n".join(copy.iterdump())


def _kept(running: Running) -> Iterator[tuple[str, str]]:
    """What is on the disk: the database as a dump, and the bytes of every file."""
    folder = Path(running.settings["INSTANCE_DIR"])
    dump = _dump(folder / "hookdesk.db")
    blobs = bytes.fromhex("".join(re.findall(r"X'([0-9A-F]*)'", dump))).decode("utf-8", "replace")
    yield "database dump", dump + blobs
    for path in folder.rglob("*"):
        if path.is_file():
            yield f"file {path.name}", path.read_bytes().decode("utf-8", "replace")


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
    running.flask("person", "create", *person, "--space", SPACE)
    space = Space(running)
    space.log_in()
    ids = _plant(space, mirror)
    event = space.call("POST", "/events", {"type": "lead.created", "data": {"id": 4711, "team": VISIBLE}})
    deliveries = _wait_until_tried(space, 5)
    ids |= {"event_id": event["id"], "delivery_id": deliveries[0]["id"], "key_id": "1"}
    answered = re.search(
        r"/attempts/(att_\w+)/response-body", space.look(f"/deliveries/{ids['delivery_id']}")
    )
    ids["attempt_id"] = answered[1] if answered else "att_1"
    ids |= _recovery_and_link(space, ids["delivery_id"])
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

    places = {**space.seen, "log": running.process.output(), **dict(_kept(running))}
    for what in ("database dump", f"/api/v1/deliveries/{deliveries[0]['id']}"):
        assert VISIBLE in places[what], f"{what} does not even show what is no secret"
    lying_about = [
        f"{name} in {place}"
        for name, secret in {**PLANTED, **space.generated}.items()
        for place, text in places.items()
        if any(form in text for form in _forms(str(secret))) and not _meant_to_show(name, place)
    ]
    assert lying_about == []
