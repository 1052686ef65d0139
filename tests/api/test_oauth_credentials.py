"""OAuth credentials by the API: what is written comes back without its secrets; bad input is told by its field."""

from __future__ import annotations

import pytest

from tests.api.problems import problem
from tests.machine.oauth_records import CLIENT_ID, CLIENT_SECRET

pytestmark = pytest.mark.databases("sqlite")

ADDRESS = "/oauth-credentials"
GOOD = {
    "name": "CRM",
    "token_url": "https://crm.example.com/oauth/token",
    "parameters": {"client_id": "us", "client_secret": "canary-1"},
}
CODE = {"grant_type": "authorization_code", "client_id": "us"}


def test_it_comes_back_as_it_was_written_without_its_secrets(call):
    written = {
        **GOOD,
        "method": "GET",
        "send_in": "query",
        "parameters": {
            "grant_type": "password",
            "username": "ada",
            "password": "canary-2",
            "own": "canary-3",
        },
        "authorize_url": None,
    }
    made = call("POST", ADDRESS, written)
    assert made.status_code == 201
    shown = call("GET", f"{ADDRESS}/{made.json['id']}").json
    assert made.headers["Location"] == f"/api/v1{ADDRESS}/{shown['id']}"
    hidden = {"grant_type": "password", "username": "ada", "password": None, "own": None}
    assert {name: shown[name] for name in written} == written | {"parameters": hidden}
    assert (shown["state"], shown["webhooks"]) == ("unused", [])
    assert call("GET", ADDRESS).json == {"data": [shown], "next_cursor": None}


def test_pages(call):
    ids = [call.new_oauth_credential(name=str(n))["id"] for n in range(3)]
    first = call("GET", f"{ADDRESS}?limit=2").json
    rest = call("GET", f"{ADDRESS}?cursor={first['next_cursor']}").json
    assert [s["id"] for s in first["data"] + rest["data"]] == ids
    assert rest["next_cursor"] is None


WRONG = {
    "no address": ({"token_url": "crm"}, "token_url", "https://"),
    "an inner address": ({"token_url": "https://10.0.0.1/token"}, "token_url", "inside a private network"),
    "no script": ({"authorize_url": "javascript:alert(1)"}, "authorize_url", "https://"),
    "a grant": ({"parameters": {"grant_type": "magic"}}, "parameters", "client_credentials"),
    "no secret": (
        {"parameters": {"client_id": "us"}},
        "parameters.client_secret",
        "Enter the client secret.",
    ),
    "nothing to keep": (
        {"parameters": {"client_id": "us", "client_secret": None}},
        "parameters.client_secret",
        "Enter the client secret.",
    ),
    "no code": ({"parameters": CODE}, "parameters.code", "Enter the code."),
    "no page": (
        {"parameters": {**CODE, "code": "{{generated_code}}"}},
        "authorize_url",
        "where people log in",
    ),
    "a body for GET": ({"method": "GET", "send_in": "json"}, "send_in", "GET has no body"),
    "a method": ({"method": "PUT"}, "method", "POST"),
    "a name": ({"parameters": {"a b": "x"}}, "parameters", "without spaces"),
    "a line break": ({"parameters": {"client_id": "a\nb"}}, "parameters", "cannot be sent"),
    "too much": ({"parameters": {f"n{n}": "x" for n in range(31)}}, "parameters", "at most 30"),
    "a list": ({"parameters": ["x"]}, "parameters", "names and values"),
    "an unknown field": ({"grant": "x"}, "grant", "no field"),
    "no name": ({"name": " "}, "name", "Fill in"),
}


@pytest.mark.parametrize("case", WRONG)
def test_bad_input_is_told_by_its_field(call, case):
    changes, field, words = WRONG[case]
    body = problem(call("POST", ADDRESS, {**GOOD, **changes}), 422, "validation")
    assert [e["field"] for e in body["errors"]] == [field]
    assert words in body["errors"][0]["message"]
    assert call("GET", ADDRESS).json["data"] == []


def test_a_webhook_uses_it_and_then_it_stays(call, other):
    oauth_credential = call.new_oauth_credential()["id"]
    auth = {"kind": "oauth", "credential_id": oauth_credential}
    webhook = call.new_webhook(auth=auth)
    assert webhook["auth"] == {**auth, "username": ""}
    assert call("GET", f"{ADDRESS}/{oauth_credential}").json["webhooks"] == [webhook["id"]]
    refused = problem(call("DELETE", f"{ADDRESS}/{oauth_credential}"), 409, "oauth-credential-in-use")
    assert "“CRM sync”" in refused["detail"]
    foreign = {"kind": "oauth", "credential_id": other.new_oauth_credential()["id"]}
    for wrong in (foreign, {"kind": "oauth", "credential_id": "oac_nothing"}, {"kind": "oauth"}):
        settings = {"name": "x", "url": "https://a.example/", "events": ["lead.created"], "auth": wrong}
        body = problem(call("POST", "/webhooks", settings), 422, "validation")
        told = {"field": "auth.credential_id", "message": "Choose an OAuth connection from the list."}
        assert body["errors"] == [told]
    changed = call("PATCH", f"/webhooks/{webhook['id']}", {"auth": {"kind": "none"}}).json
    assert changed["auth"] == {"kind": "none", "username": ""}
    assert call("DELETE", f"{ADDRESS}/{oauth_credential}").status_code == 204


def test_test_says_what_the_server_answered_with_the_token_as_bullets(call, oauth_server):
    parameters = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    oauth_credential = call.new_oauth_credential(token_url=oauth_server.token_url, parameters=parameters)[
        "id"
    ]
    tested = call("POST", f"{ADDRESS}/{oauth_credential}/test")
    assert "canary-access" not in tested.text
    told = tested.json["test"]
    assert (told["ok"], told["status"], told["explanation"]) == (True, 200, None)
    assert told["answer"] == {
        "token_type": "Bearer",
        "access_token": "••••",
        "expires_in": "3600",
    }
    assert tested.json["state"] == "works"
    call(
        "PATCH",
        f"{ADDRESS}/{oauth_credential}",
        {"parameters": {**parameters, "client_secret": "canary-wrong"}},
    )
    failed = call("POST", f"{ADDRESS}/{oauth_credential}/test").json
    assert failed["test"]["status"] in {400, 401}
    assert failed["test"]["explanation"]["who"] == "you"
    assert failed["state"] == "failing"
    assert failed["explanation"] == failed["test"]["explanation"]
