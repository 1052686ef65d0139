"""Messages of other systems become events: checked, mapped, taken once, delivered like any other (D7)."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.core.errors import Invalid
from app.core.extensions import db
from app.models import Delivery, Event, IncomingSource
from app.services.incoming.sources import crud
from tests.api.conftest import Caller
from tests.api.incoming import OtherSystem, other_system
from tests.api.problems import fields, problem

ONE = pytest.mark.databases("sqlite")
SECRET = "canary-source-secret"


@pytest.fixture
def system(app: Flask, space_id: str) -> OtherSystem:
    """Another system that may send events."""
    return other_system(app, space_id, "events")


def add_source(system: OtherSystem, **settings: Any) -> str:
    """A source `/events/v1/hub` of GitHub unless told otherwise; returns its id."""
    data = {"key": "hub", "preset": "github", "secret": SECRET, **settings}
    with system.client.application.test_request_context():
        return crud.add_source(system.space_id, system.webhook_id, data).id


def github(
    system: OtherSystem, body: Any, delivery: str = "d-1", secret: str = SECRET, **headers: str
) -> TestResponse:
    """GitHub sends a message."""
    raw = json.dumps(body).encode()
    signature = "sha256=" + hmac.digest(secret.encode(), raw, hashlib.sha256).hex()
    sent = {
        "X-Hub-Signature-256": signature,
        "X-GitHub-Delivery": delivery,
        "X-GitHub-Event": "push",
        **headers,
    }
    return system("POST", "/events/v1/hub", data=raw, content_type="application/json", headers=sent)


def events(system: OtherSystem) -> list[Event]:
    with system.client.application.app_context():
        return db.session.query(Event).order_by(Event.id).all()


def test_an_event_types_own_address_publishes_it_to_webhooks(system: OtherSystem, call: Caller) -> None:
    call.new_webhook()
    sent = system("POST", "/events/v1/lead.created", {"id": 4711, "sum": 1.10})
    assert sent.status_code == 202, sent.text
    assert sent.json["type"] == "lead.created"
    assert sent.json["deliveries"] == 1
    assert events(system)[0].data == b'{"id":4711,"sum":1.1}'
    assert events(system)[0].actor_id == system.person_id
    with system.client.application.app_context():
        assert db.session.query(Delivery).one().event_id == sent.json["id"]
    assert [(one.status, one.reason) for one in system.calls] == [(202, None)]


@ONE
def test_numbers_keep_their_digits(system: OtherSystem) -> None:
    system("POST", "/events/v1/lead.created", data=b'{"sum": 1.10}', content_type="application/json")
    assert events(system)[0].data == b'{"sum":1.10}'


@ONE
def test_an_idempotency_key_makes_it_one_event(system: OtherSystem) -> None:
    sent = [
        system("POST", "/events/v1/lead.created", {"id": 1}, headers={"Idempotency-Key": "k"})
        for _n in range(2)
    ]
    assert sent[0].json["id"] == sent[1].json["id"]
    assert [answer.json["duplicate"] for answer in sent] == [False, True]
    clash = system("POST", "/events/v1/lead.created", {"id": 2}, headers={"Idempotency-Key": "k"})
    problem(clash, 409, "idempotency-key-reused")
    assert len(events(system)) == 1


def test_a_signed_message_becomes_the_chosen_event(system: OtherSystem) -> None:
    payload = {"mode": "fields", "fields": [{"path": "repository.name", "name": "title"}]}
    add_source(system, event_type="lead.created", payload=payload, object_id_path="repository.id")
    sent = github(system, {"repository": {"id": 7, "name": "hookdesk", "token": "x"}})
    assert sent.status_code == 202, sent.text
    event = events(system)[0]
    assert (event.type, event.object_id, json.loads(event.data)) == (
        "lead.created",
        "7",
        {"title": "hookdesk"},
    )


@ONE
def test_a_wrong_signature_publishes_nothing(system: OtherSystem) -> None:
    add_source(system, event_type="lead.created")
    problem(github(system, {"a": 1}, secret="another"), 401, "not-signed")
    problem(system("POST", "/events/v1/hub", {"a": 1}), 401, "not-signed")
    assert events(system) == []
    assert [one.reason for one in system.calls] == ["signature_missing", "signature_no_match"]
    with system.client.application.app_context():
        assert db.session.query(IncomingSource).one().sample is None


def test_a_message_that_comes_twice_is_taken_once(system: OtherSystem) -> None:
    add_source(system, event_type="lead.created")
    first, again = github(system, {"a": 1}), github(system, {"a": 1})
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json["id"] == first.json["id"]
    assert again.json["duplicate"] is True
    # Some senders count their tries in the body: by its id it is the same message still.
    other_body = github(system, {"a": 1, "attempt": 2})
    assert (other_body.status_code, other_body.json["id"]) == (200, first.json["id"])
    assert github(system, {"a": 1}, delivery="d-2").status_code == 202
    assert len(events(system)) == 2
    assert [one.status for one in system.calls] == [202, 200, 200, 202]


@ONE
def test_the_same_id_of_two_sources_is_two_messages(system: OtherSystem) -> None:
    add_source(system, event_type="lead.created", preset="none", options={"id_header": "X-Id"})
    add_source(system, event_type="lead.created", preset="none", key="b", options={"id_header": "X-Id"})
    for key in ("hub", "b", "b"):
        system("POST", f"/events/v1/{key}", {"a": 1}, headers={"X-Id": "1"})
    assert len(events(system)) == 2


@ONE
def test_the_message_says_its_type_in_a_header_or_a_field(system: OtherSystem) -> None:
    source = add_source(system, type_path="header:X-GitHub-Event", type_prefix="lead.")
    assert github(system, {"a": 1}, **{"X-GitHub-Event": "created"}).json["type"] == "lead.created"
    unknown = github(system, {"a": 1}, delivery="d-2", **{"X-GitHub-Event": "craeted"})
    assert "lead.created" in fields(unknown)["type"]
    with system.client.application.test_request_context():
        data = {"key": "hub", "preset": "github", "type_path": "what.kind"}
        crud.change_source(system.space_id, system.webhook_id, source, data)
    sent = github(system, {"what": {"kind": "lead.deleted"}}, delivery="d-3")
    assert sent.json["type"] == "lead.deleted"
    assert "what.kind" in fields(github(system, {"what": 1}, delivery="d-4"))["type"]


@ONE
def test_before_anything_is_chosen_the_newest_message_is_kept_without_what_proves_it(
    system: OtherSystem,
) -> None:
    add_source(system)
    for n in (1, 2):
        kept = github(system, {"n": n}, Authorization="Bearer canary-token", **{"X-Other": "yes"})
        assert kept.status_code == 202
        assert kept.json["status"] == "kept"
    assert events(system) == []
    with system.client.application.app_context():
        source = db.session.query(IncomingSource).one()
    assert json.loads(source.sample) == {"n": 2}
    names = {name for name, _value in source.sample_headers}
    assert "x-other" in names
    assert not names & {"authorization", "x-hub-signature-256"}


def slack(system: OtherSystem, body: dict[str, Any]) -> TestResponse:
    raw, stamp = json.dumps(body).encode(), str(int(time.time()))
    signed = hmac.digest(SECRET.encode(), b"v0:" + stamp.encode() + b":" + raw, hashlib.sha256).hex()
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signed}"}
    return system("POST", "/events/v1/hub", data=raw, content_type="application/json", headers=headers)


@ONE
def test_slacks_question_is_answered_and_is_no_event(system: OtherSystem) -> None:
    add_source(system, preset="slack", event_type="lead.created")
    asked = slack(system, {"type": "url_verification", "challenge": "3eZbrw1aB", "token": "x"})
    assert (asked.status_code, asked.json) == (200, {"challenge": "3eZbrw1aB"})
    assert events(system) == []
    assert slack(system, {"type": "event_callback", "event_id": "Ev1"}).status_code == 202
    assert slack(system, {"type": "event_callback", "event_id": "Ev1"}).status_code == 200


@ONE
@pytest.mark.parametrize(
    ("form", "wanted"),
    [(b"payload=%7B%22a%22%3A+1.10%7D", b'{"a":1.10}'), (b"text=hi&user=U1", b'{"text":"hi","user":"U1"}')],
)
def test_forms_are_read_too(system: OtherSystem, form: bytes, wanted: bytes) -> None:
    add_source(system, preset="none", event_type="lead.created")
    kind = "application/x-www-form-urlencoded"
    assert system("POST", "/events/v1/hub", data=form, content_type=kind).status_code == 202
    assert events(system)[0].data == wanted
    for broken in (b"\xff=1", b"payload=%7B", b"&".join(b"a=%d" % n for n in range(1001))):
        problem(system("POST", "/events/v1/hub", data=broken, content_type=kind), 400, "broken-json")


@ONE
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"key": "a/b"}, "key"),
        ({"secret": None}, "secret"),
        ({"preset": "standard", "secret": "not base64 ä"}, "secret"),
        ({"event_type": "lead.created", "type_path": "type"}, ""),
        ({"event_type": "no.such"}, "event_type"),
        ({"preset": "hmac", "options": {"header": "two words"}}, "options.header"),
        ({"preset": "hmac", "options": {"algorithm": "md5"}}, "options.algorithm"),
        ({"payload": {"mode": "fields", "fields": []}}, "payload.fields"),
    ],
)
def test_a_source_that_cannot_work_is_refused(
    system: OtherSystem, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        add_source(system, **changes)
    assert field in [error.field for error in refused.value.errors]


@ONE
def test_a_secret_counts_for_the_system_it_was_entered_for(system: OtherSystem) -> None:
    source = add_source(system)
    with system.client.application.test_request_context():
        crud.change_source(system.space_id, system.webhook_id, source, {"key": "hub", "preset": "github"})
        with pytest.raises(Invalid):
            crud.change_source(system.space_id, system.webhook_id, source, {"key": "hub", "preset": "stripe"})
    assert github(system, {"a": 1}).status_code == 202
