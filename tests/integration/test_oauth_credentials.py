"""Deliveries with an OAuth credential: tokens are fetched, kept, renewed and rotated."""

from __future__ import annotations

import threading
from datetime import timedelta

import orjson
import pytest
from flask import Response

from app.core.errors import Conflict, Invalid
from app.core.extensions import db
from app.models import Change
from app.services import oauth_credentials, webhooks
from tests.integration.conftest import CLIENT
from tests.machine.oauth_records import CLIENT_ID, USER_PASSWORD, USERNAME
from workers.runtime import WorkerRuntime

pytestmark = pytest.mark.databases("sqlite")
both = pytest.mark.databases("sqlite", "postgresql")


def together(rooms: list[WorkerRuntime]) -> None:
    """All of these workers at the same time."""
    threads = [threading.Thread(target=runtime.sweep) for runtime in rooms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


GRANTS = {
    "client_credentials": {},
    "password": {"username": USERNAME, "password": USER_PASSWORD},
    "refresh_token": {"refresh_token": "canary-refresh-first"},
    "authorization_code": {"code": "<new>", "redirect_uri": "https://typed.example/"},
}


@pytest.mark.parametrize("grant", GRANTS)
def test_each_grant_gets_a_token_once_and_uses_it(
    grant, new_hook, new_oauth_credential, publish, runtime, rows, oauth_server
):
    parameters = dict(GRANTS[grant])
    if grant == "authorization_code":
        parameters["code"] = oauth_server.new_code()
    if grant == "refresh_token":
        oauth_server._save_token(
            {"access_token": "old", "refresh_token": "canary-refresh-first", "expires_in": 0}, None
        )
    new_hook(new_oauth_credential(grant, parameters))
    for _ in range(3):
        publish()
    runtime.sweep()
    publish()
    runtime.sweep()
    assert rows.statuses() == ["succeeded"] * 4
    assert len(oauth_server.asked) == 1
    assert oauth_server.asked[0].parameters["grant_type"] == grant
    given = oauth_server.tokens[-1].access_token
    assert set(oauth_server.used_tokens) == {given}
    kept = rows.attempts()[0]
    assert ["Authorization", "Bearer ••••"] in orjson.loads(kept.request_headers)


@pytest.mark.parametrize(
    ("method", "send_in", "place"),
    [
        ("POST", "form", "form"),
        ("POST", "query", "query"),
        ("POST", "json", "json"),
        ("POST", "basic", "form"),
        ("GET", "query", "query"),
        ("GET", "basic", "query"),
    ],
)
def test_parameters_go_where_the_server_wants_them(
    method, send_in, place, new_oauth_credential, space_id, oauth_server, new_hook
):
    oauth_credential = new_oauth_credential(
        method=method, send_in=send_in, parameters={"scope": "a b", "x-own": "1&2=ü"}
    )
    tested = oauth_credentials.test(space_id, oauth_credential)
    assert tested.ok, tested
    asked = oauth_server.asked[0]
    assert (asked.method, asked.place) == (method, place)
    expected = {"grant_type": "client_credentials", "scope": "a b", "x-own": "1&2=ü"}
    assert asked.parameters == expected | ({} if send_in == "basic" else CLIENT)
    assert asked.authorization.startswith("Basic ") == (send_in == "basic")


@both
def test_a_401_renews_once_within_the_same_try(new_hook, publish, runtime, rows, oauth_server):
    new_hook()
    publish()
    runtime.sweep()
    oauth_server.revoke_access()
    for _ in range(3):
        publish()
    runtime.sweep()
    assert rows.statuses() == ["succeeded"] * 4
    assert len(oauth_server.asked) == 2
    # After one success there is room for all three at once: each gets a 401, and one renews for all.
    assert oauth_server.used_tokens == ["canary-access-0"] * 4 + ["canary-access-1"] * 3
    attempts = rows.attempts()
    assert len(attempts) == 4
    facts = [orjson.loads(attempt.facts).get("token_renewed") for attempt in attempts]
    assert facts == [None, "1", "1", "1"]


@both
def test_a_token_that_ends_is_renewed_with_a_refresh_token_that_rotates(
    new_hook, new_oauth_credential, publish, runtime, rows, oauth_server
):
    oauth_server.life_s = 0
    new_hook(new_oauth_credential("password", GRANTS["password"]))
    for _ in range(3):
        publish()
        runtime.sweep()
    asked = [(a.parameters["grant_type"], a.parameters.get("refresh_token")) for a in oauth_server.asked]
    assert asked == [
        ("password", None),
        ("refresh_token", "canary-refresh-0"),
        ("refresh_token", "canary-refresh-1"),
    ]
    assert "password" not in oauth_server.asked[1].parameters
    oauth_server.tokens[-1].refresh_token = "taken back"
    publish()
    runtime.sweep()
    kinds = [a.parameters["grant_type"] for a in oauth_server.asked[3:]]
    assert kinds == ["refresh_token", "password"]


@both
def test_two_workers_that_renew_together_ask_once(
    app, new_hook, new_oauth_credential, publish, rows, oauth_server
):
    oauth_server.delay_s = 0.5
    oauth_credential = new_oauth_credential()
    for _ in range(4):
        new_hook(oauth_credential, max_in_flight=2)
    for _ in range(3):
        publish()
    rooms = [WorkerRuntime(app) for _ in range(3)]
    together(rooms)
    assert set(rows.statuses()) == {"succeeded"}
    assert len(rows.deliveries()) == 12
    assert len(oauth_server.asked) == 1
    oauth_server.revoke_access()
    for _ in range(3):
        publish()
    together(rooms)
    for runtime in rooms:
        runtime.close()
    assert set(rows.statuses()) == {"succeeded"}
    assert len(rows.deliveries()) == 24
    assert len(oauth_server.asked) == 2


def test_a_slow_token_server_holds_up_only_its_own_webhooks(
    new_hook, new_webhook, publish, runtime, rows, oauth_server, receiver
):
    oauth_server.delay_s = 1.5
    new_hook(events=["contact.created"])
    new_webhook()
    publish("contact.created")
    for _ in range(5):
        publish()
    runtime.sweep()
    ends = {a.url: a.started_at + timedelta(microseconds=a.duration_us) for a in rows.attempts()}
    assert (ends[oauth_server.hook_url] - ends[receiver.url]).total_seconds() > 1
    assert set(rows.statuses()) == {"succeeded"}


@both
def test_a_change_of_the_connection_counts_from_the_next_delivery(
    new_hook, new_oauth_credential, publish, runtime, rows, oauth_server, space_id
):
    oauth_credential = new_oauth_credential(parameters={"client_secret": "wrong"})
    new_hook(oauth_credential)
    publish()
    runtime.sweep()
    oauth_credentials.update(
        space_id, oauth_credential, {"parameters": {"grant_type": "client_credentials", **CLIENT}}
    )
    publish()
    runtime.sweep()
    assert rows.statuses() == ["pending", "succeeded"]
    oauth_credentials.update(space_id, oauth_credential, {"name": "Other name"})
    publish()
    runtime.sweep()
    assert len(oauth_server.asked) == 3


def test_secrets_belong_to_the_host_of_the_token_address(new_oauth_credential, space_id, oauth_server):
    oauth_credential = new_oauth_credential()
    kept = {"parameters": {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": None}}
    assert oauth_credentials.test(space_id, oauth_credential).ok
    oauth_credentials.update(space_id, oauth_credential, kept | {"token_url": oauth_server.url + "/page"})
    with pytest.raises(Invalid) as wrong:
        oauth_credentials.update(space_id, oauth_credential, kept | {"token_url": "http://127.0.0.1:9/token"})
    assert [e.field for e in wrong.value.errors] == ["parameters.client_secret"]
    assert "again" in wrong.value.errors[0].message
    row = oauth_credentials.find(space_id, oauth_credential)
    assert oauth_credentials.settings_of(row)["token_url"] == oauth_server.url + "/page"
    assert row.token.access_token is None


@both
def test_it_is_not_deleted_while_a_webhook_uses_it(new_hook, new_oauth_credential, space_id):
    oauth_credential = new_oauth_credential()
    webhook = new_hook(oauth_credential, name="CRM sync")
    with pytest.raises(Conflict, match="“CRM sync”"):
        oauth_credentials.delete(space_id, oauth_credential)
    webhooks.delete(space_id, webhook.id)
    oauth_credentials.delete(space_id, oauth_credential)


def test_a_test_and_a_ping_carry_a_token_too(new_hook, space_id, oauth_server):
    webhook = new_hook(on=False)
    assert webhooks.test(space_id, None, webhook.id).attempt.outcome == "succeeded"
    oauth_server.revoke_access()
    assert webhooks.enable(space_id, webhook.id).state == "on"
    assert len(oauth_server.asked) == 2
    oauth_server.revoke_access()
    oauth_server.instead = Response('{"error":"invalid_client"}', 401, mimetype="application/json")
    refused = webhooks.test(space_id, None, webhook.id).attempt
    assert (refused.reason, refused.status) == ("oauth_refused", 401)


@both
def test_a_typed_code_is_used_once(
    new_hook, new_oauth_credential, publish, runtime, rows, oauth_server, space_id
):
    oauth_server.gives_refresh = False
    parameters = {"code": oauth_server.new_code(), "redirect_uri": "https://typed.example/"}
    oauth_credential = new_oauth_credential("authorization_code", parameters)
    new_hook(oauth_credential)
    publish()
    runtime.sweep()
    assert rows.statuses() == ["succeeded"]
    again = oauth_credentials.test(
        space_id, oauth_credential
    )  # there is nothing to ask with, and what is there works
    assert (again.ok, again.asked) == (True, False)
    oauth_server.revoke_access()
    publish()
    runtime.sweep()
    what, _next, who = rows.explanation()[:3]
    assert (what, who) == ("CRM sign-in is not connected: somebody has to log in there first.", "you")
    assert rows.attempts()[-1].status == 401
    assert len(oauth_server.asked) == 1
    settings = oauth_credentials.settings_of(oauth_credentials.find(space_id, oauth_credential))
    renamed = oauth_credentials.update(space_id, oauth_credential, {**settings, "name": "Renamed"})
    assert oauth_credentials.settings_of(renamed)["parameters"]["code"] == ""


def test_a_change_of_the_connection_stands_in_the_history_of_its_webhooks(
    new_hook, new_oauth_credential, space_id
):
    oauth_credential = new_oauth_credential()
    webhook = new_hook(oauth_credential)
    parameters = {"grant_type": "client_credentials", **CLIENT, "client_secret": "canary-new", "scope": "a"}
    oauth_credentials.update(space_id, oauth_credential, {"name": "Renamed", "parameters": parameters})
    oauth_credentials.update(space_id, oauth_credential, {"name": "Renamed"})  # changes nothing
    found = db.session.query(Change).filter_by(subject_id=webhook.id, kind="sign_in_edited").one()
    assert found.details == [
        {"field": "sign_in.name", "before": "CRM sign-in", "after": "Renamed", "secret": False},
        {"field": "sign_in.parameters.scope", "before": None, "after": "a", "secret": False},
        {"field": "sign_in.parameters.client_secret", "before": "••••", "after": "••••", "secret": True},
    ]
