"""OAuth credentials that get no token: each trouble says what is wrong."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from flask import Response

from app.core.errors import Invalid
from app.core.extensions import db
from app.core.times import utc_now
from app.models import OAuthToken
from app.services import oauth_credentials
from tests.integration.conftest import CLIENT

pytestmark = pytest.mark.databases("sqlite")
both = pytest.mark.databases("sqlite", "postgresql")


def test_a_receiver_that_refuses_every_token_is_asked_twice_a_try(
    new_hook, publish, runtime, rows, oauth_server
):
    oauth_server.knows_its_tokens = False
    new_hook()
    publish()
    runtime.sweep()
    assert len(oauth_server.received) == 2
    assert len(oauth_server.asked) == 2
    attempt = rows.attempts()[0]
    assert (attempt.status, attempt.reason) == (401, "http_401")
    assert rows.statuses() == ["pending"]


@pytest.mark.parametrize(
    ("changes", "reason", "words"),
    [
        (
            {"client_secret": "wrong"},
            "oauth_refused",
            "We could not get an access token from CRM sign-in: “The client",
        ),
        ({"grant_type": "password", "username": "x", "password": "y"}, "oauth_refused", "Invalid"),
    ],
)
def test_a_refusal_is_the_connections_own_diagnosis(
    changes, reason, words, new_hook, new_oauth_credential, publish, runtime, rows, oauth_server
):
    grant = changes.get("grant_type", "client_credentials")
    new_hook(new_oauth_credential(grant, changes))
    publish()
    runtime.sweep()
    attempt = rows.attempts()[0]
    assert (attempt.reason, attempt.outcome, attempt.status) == (reason, "failed", None)
    what, next_step, who = rows.explanation()[:3]
    assert words.replace("“", '"') in what
    assert (next_step, who) == ("Check client ID and secret, Test.", "you")
    assert oauth_server.received == []
    assert rows.statuses() == ["pending"]


ANSWERS = {
    "a page": (Response("<!doctype html>Log in", mimetype="text/html"), "oauth_refused", "a web page"),
    "no token": (Response('{"ok":false,"error":"invalid_auth"}'), "oauth_refused", '"invalid_auth"'),
    "not JSON": (Response("no", 403, mimetype="text/plain"), "oauth_refused", "code 403"),
    "a redirect": (Response("", 302, {"Location": "/x"}), "oauth_refused", "moved"),
    "down": (Response("", 503), "oauth_unreachable", "code 503"),
    "a kind": (
        Response('{"access_token":"x","token_type":"mac"}'),
        "oauth_refused",
        "kind mac",
    ),
    "an odd token": (Response('{"access_token":"a\\nb"}'), "oauth_refused", "does not fit"),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_is_no_token_says_so(answer, new_hook, publish, runtime, rows, oauth_server):
    oauth_server.instead, reason, words = ANSWERS[answer]
    new_hook()
    publish()
    runtime.sweep()
    assert rows.attempts()[0].reason == reason
    assert words in rows.explanation()[0]


def test_an_older_servers_form_encoded_answer_is_read(new_hook, publish, runtime, rows, oauth_server):
    oauth_server.instead = Response("access_token=abc&token_type=bearer", mimetype="text/plain")
    new_hook()
    publish()
    runtime.sweep()
    assert oauth_server.used_tokens[0] == "abc"


def test_a_token_server_that_is_away(new_hook, publish, runtime, rows, oauth_server, new_oauth_credential):
    oauth_credential = new_oauth_credential(token_url="http://127.0.0.1:9/token")
    new_hook(oauth_credential)
    for _ in range(3):
        publish()
    runtime.sweep()
    assert [a.reason for a in rows.attempts()] == ["oauth_unreachable"] * 3
    what, _next, who = rows.explanation()[:3]
    assert (what, who) == ("The authorisation server did not answer.", "nobody")
    assert db.session.get(OAuthToken, oauth_credential).last_reason == "oauth_unreachable"


def test_an_inner_address_is_not_reached(app, new_oauth_credential, space_id, settings):
    with pytest.raises(Invalid) as wrong:
        new_oauth_credential(token_url="http://10.0.0.1/token")
    assert wrong.value.errors[0].field == "token_url"


def test_the_lease_of_a_worker_that_vanished_ends(
    new_hook, new_oauth_credential, publish, runtime, rows, oauth_server
):
    oauth_credential = new_oauth_credential()
    new_hook(oauth_credential)
    token = db.session.get_one(OAuthToken, oauth_credential)
    token.lease, token.lease_until = "lse_gone", utc_now() + timedelta(seconds=0.7)
    db.session.commit()
    publish()
    began = utc_now()
    runtime.sweep()
    assert (utc_now() - began).total_seconds() > 0.6
    assert rows.statuses() == ["succeeded"]
    assert len(oauth_server.asked) == 1


@both
def test_an_answer_to_older_settings_is_not_kept(
    app, new_hook, new_oauth_credential, publish, runtime, rows, oauth_server, space_id
):
    oauth_credential = new_oauth_credential(parameters={"scope": "old"})
    new_hook(oauth_credential)
    publish()
    oauth_server.delay_s = 0.6
    worker = threading.Thread(target=runtime.sweep)
    worker.start()
    while not oauth_server.asked:
        time.sleep(0.02)
    new = {"grant_type": "client_credentials", **CLIENT, "scope": "new"}
    oauth_credentials.update(space_id, oauth_credential, {"parameters": new})
    worker.join(20)
    assert [asked.parameters["scope"] for asked in oauth_server.asked] == ["old", "new"]
    assert oauth_server.used_tokens == ["canary-access-1"]
    assert rows.statuses() == ["succeeded"]
