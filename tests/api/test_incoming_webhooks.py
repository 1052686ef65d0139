"""Incoming webhooks by the API: made, read, changed, renewed, deleted (D1)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.core.extensions import db
from app.models import Change, IncomingAddress
from app.services import api_keys, people
from tests.api.conftest import Caller, caller_in
from tests.api.problems import fields
from tests.web.people import PASSWORD

SETTINGS = {"name": "Website form", "tools": ["crm", "events"]}
ONE = pytest.mark.databases("sqlite")


def make(call: Caller, **changes: Any) -> dict[str, Any]:
    """A new incoming webhook, as the API shows it."""
    made = call("POST", "/incoming-webhooks", {**SETTINGS, **changes})
    assert made.status_code == 201, made.text
    return dict(made.json)


def test_it_is_made_active_with_an_address_that_is_shown_again(call: Caller) -> None:
    made = make(call)
    assert made["state"] == "active"
    assert made["last_used_at"] is None
    assert made["address"].startswith("http://localhost/in/")
    assert len(made["address"].rpartition("/")[2]) >= 22  # 128 bits in base64
    assert call("GET", f"/incoming-webhooks/{made['id']}").json == made
    assert call("GET", "/incoming-webhooks").json["data"] == [made]


@ONE
def test_the_address_is_kept_encrypted_and_found_by_its_hash(call: Caller) -> None:
    token = make(call)["address"].rpartition("/")[2]
    with call.client.application.app_context():
        address = db.session.query(IncomingAddress).one()
        kept = [str(getattr(address, column.key)) for column in IncomingAddress.__table__.columns]
        told = [str(entry.details) for entry in db.session.query(Change)]
    assert not any(token in value for value in kept + told)


@ONE
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"tools": []}, "tools"),
        ({"tools": ["crm", "mail"]}, "tools"),
        ({"methods": ["BREW"]}, "methods"),
        ({"networks": ["300.1.2.3"]}, "networks"),
        ({"rate_per_minute": 0}, "rate_per_minute"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(
    call: Caller, changes: dict[str, Any], field: str
) -> None:
    answer = call("POST", "/incoming-webhooks", {**SETTINGS, **changes})
    assert answer.status_code == 422
    assert field in fields(answer)
    assert call("GET", "/incoming-webhooks").json["data"] == []


@ONE
def test_settings_that_are_not_named_stay(call: Caller) -> None:
    made = make(call, methods=["get"], networks=["203.0.113.7"], rate_per_minute=5)
    changed = call("PATCH", f"/incoming-webhooks/{made['id']}", {"active": False, "read_only": True}).json
    assert changed["state"] == "off"
    assert (changed["methods"], changed["networks"]) == (["GET"], ["203.0.113.7/32"])
    assert (changed["read_only"], changed["rate_per_minute"]) == (True, 5)
    assert changed["address"] == made["address"]


@ONE
def test_of_another_space_it_is_not_there(call: Caller, other: Caller) -> None:
    path = f"/incoming-webhooks/{make(call)['id']}"
    assert other("GET", path).status_code == 404
    assert other("PATCH", path, {"active": False}).status_code == 404
    assert other("POST", f"{path}/renew").status_code == 404
    assert other("DELETE", path).status_code == 404


@ONE
def test_it_needs_its_own_scope(app: Flask, space_id: str) -> None:
    reader = caller_in(app, space_id, "webhooks:write")
    assert reader("GET", "/incoming-webhooks").status_code == 403
    assert caller_in(app, space_id, "incoming:write")("GET", "/incoming-webhooks").status_code == 200


@ONE
def test_a_key_sees_no_address_that_lets_do_more_than_the_person_who_made_it(
    app: Flask, space_id: str, call: Caller
) -> None:
    made = make(call)
    with app.test_request_context():
        person = people.create_person("member@example.com", PASSWORD, space_id, "member")
        _key, text = api_keys.create_key(space_id, "Mine", ["incoming:write"], created_by=person.id)
    shown = Caller(app.test_client(), text)("GET", f"/incoming-webhooks/{made['id']}")
    assert shown.json["address"] is None
