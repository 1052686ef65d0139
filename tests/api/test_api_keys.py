"""API keys by API: listed, made (shown once), revoked; when and from where they were used."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.core.extensions import db
from app.models import ApiKey
from app.services.api_keys.text import PATTERN, looks_like_a_key
from tests.api.conftest import Caller, caller_in

pytestmark = pytest.mark.databases("sqlite")
GOOD = {"name": "Shop", "scopes": ["events:write"]}


def test_a_key_is_made_shown_once_used_and_revoked(app: Flask, call: Caller) -> None:
    made = call("POST", "/api-keys", {**GOOD, "expires_at": "2999-01-01T00:00:00Z"})
    assert made.status_code == 201
    text, key_id = made.json["key"], made.json["id"]
    assert re.fullmatch(PATTERN, text) and looks_like_a_key(text)
    assert made.json["expires_at"] == "2999-01-01T00:00:00.000Z" and made.json["hint"] == text[-4:]
    shown = call("GET", f"/api-keys/{key_id}")
    assert shown.json == {name: value for name, value in made.json.items() if name != "key"}
    program = Caller(app.test_client(), text)
    program.publish()
    assert program("GET", "/api-keys").status_code == 403
    used = call("GET", f"/api-keys/{key_id}").json
    assert used["last_used_at"] and used["last_used_from"] == "127.0.0.1"
    assert call("DELETE", f"/api-keys/{key_id}").status_code == 204
    assert program("POST", "/events", {"type": "lead.created", "data": {}}).status_code == 401
    assert call("GET", f"/api-keys/{key_id}").status_code == 404
    assert call("DELETE", f"/api-keys/{key_id}").status_code in {204, 404}


def test_they_are_listed_by_pages_newest_first(call: Caller) -> None:
    names = [f"Key {number}" for number in range(3)]
    for name in names:
        call("POST", "/api-keys", {**GOOD, "name": name})
    first = call("GET", "/api-keys?limit=2").json
    assert [one["name"] for one in first["data"]] == ["Key 2", "Key 1"]
    second = call("GET", f"/api-keys?limit=2&cursor={first['next_cursor']}").json
    assert second["data"][0]["name"] == "Key 0" and second["next_cursor"] is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes.0"),
        ({"expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"key": "hkd_mine"}, "key"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_made(app: Flask, call: Caller, wrong, field) -> None:
    answer = call("POST", "/api-keys", {**GOOD, **wrong})
    assert answer.status_code == 422 and answer.json["errors"][0]["field"] == field, answer.json
    with app.test_request_context():
        assert db.session.query(ApiKey).count() == 1


def test_a_key_of_another_space_is_not_there(call: Caller, other: Caller) -> None:
    key_id = other("POST", "/api-keys", GOOD).json["id"]
    assert call("GET", f"/api-keys/{key_id}").status_code == 404
    assert call("DELETE", f"/api-keys/{key_id}").status_code == 404


def test_only_an_administrative_key_may(app: Flask, space_id: str) -> None:
    for scope in ("events:write", "webhooks:write"):
        caller = caller_in(app, space_id, scope)
        assert caller("GET", "/api-keys").status_code == 403
        assert caller("POST", "/api-keys", GOOD).status_code == 403
