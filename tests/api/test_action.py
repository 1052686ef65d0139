"""The action API in S1's shapes: both ways of access, every answer, rights, spaces, bad input."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.catalogue import load_catalogue
from app.extensions import db
from app.models import ApiKey, Attempt, Webhook
from app.models.api_key import ADMINISTRATIVE
from app.models.base import utc_now
from app.services import api_keys, spaces, webhooks
from app.services.errors import Invalid
from tests.api.conftest import Caller, caller_in
from tests.machine.receiver import Answer, Receiver

HASHED, BEARER = "/api/admin/v2/", "/api/oauth2"
WRONG_HASH = {"status": "error", "status_code": 2, "message": "Action hash is missed or invalid"}
STATUS_OK = Answer(200, b'{"status":"OK"}', [("Content-Type", "application/json")])
S1_EVENTS = [
    "post_task",
    "post_comment",
    "post_project",
    "update_task",
    "update_comment",
    "update_project",
    "delete_task",
    "delete_comment",
    "close_task",
    "reopen_task",
]


@dataclass
class Program:
    """A program written for S1: it signs each query with its administrative key."""

    client: FlaskClient
    key: str

    def query(self, action: str, **parameters: str) -> str:
        """A query with its hash."""
        plain = urlencode({"action": action, **parameters})
        return f"{plain}&hash={self.hash_of(plain)}"

    def hash_of(self, plain: str) -> str:
        """S1's hash of a query."""
        return hashlib.md5((plain + self.key).encode()).hexdigest()

    def __call__(self, action: str, **parameters: str) -> TestResponse:
        return self.client.get(f"{HASHED}?{self.query(action, **parameters)}")

    def with_token(self, action: str, **parameters: str) -> TestResponse:
        """The same with a bearer token."""
        return self.client.get(
            f"{BEARER}?{urlencode({'action': action, **parameters})}",
            headers={"Authorization": f"Bearer {self.key}"},
        )


def _program_in(app: Flask, space_id: str, **options: Any) -> Program:
    with app.test_request_context():
        _key, text = api_keys.create_key(space_id, "S1", [ADMINISTRATIVE], action_api=True, **options)
    return Program(app.test_client(), text)


@pytest.fixture
def program(app: Flask, space_id: str) -> Program:
    """A program of the space."""
    return _program_in(app, space_id)


@pytest.fixture
def ok_receiver(receiver: Receiver) -> Receiver:
    """A receiver that answers as S1 wants it."""
    receiver.always(STATUS_OK)
    return receiver


def _fails(answer: TestResponse, code: int, message: str, details: str | None = None) -> None:
    assert answer.status_code == 200, answer.text
    body = {"status": "error", "status_code": code, "message": message}
    assert answer.json == (body if details is None else {**body, "message_details": details})


def _only_webhook(app: Flask) -> Webhook:
    with app.app_context():
        webhook = db.session.query(Webhook).one()
        db.session.refresh(webhook)
        _ = webhook.events, webhook.lane
        db.session.expunge_all()
        return webhook


def test_add_get_delete_as_in_the_article(app: Flask, program: Program, ok_receiver: Receiver) -> None:
    added = program("add_webhook", url=ok_receiver.url, events="post_task,reopen_task", projects="333, 7")
    assert added.status_code == 200
    assert added.json is not None
    assert list(added.json) == ["status", "id"]
    assert added.json["status"] == "ok"
    listed = program("get_webhooks")
    assert listed.json == {
        "status": "ok",
        "data": [
            {
                "id": added.json["id"],
                "url": ok_receiver.url,
                "events": "post_task,reopen_task",
                "status": "active",
                "projects": "333,7",
            }
        ],
    }
    assert program("delete_webhook", id=added.json["id"]).json == {"status": "ok"}
    assert program("get_webhooks").json == {"status": "ok", "data": []}
    _fails(program("delete_webhook", id=added.json["id"]), 10, "WebHook not found", added.json["id"])


def test_a_new_webhook_is_on_with_the_rules_of_s1(
    app: Flask, program: Program, ok_receiver: Receiver
) -> None:
    added = program(
        "add_webhook", url=ok_receiver.url, events="close_task", http_user="ada", http_pass="canary-pass"
    )
    assert "canary" not in added.text
    webhook = _only_webhook(app)
    assert (webhook.state, webhook.success_rule, webhook.timeout_s, webhook.failure_limit) == (
        "on",
        "status_ok",
        5,
        10,
    )
    assert (webhook.auth_kind, webhook.auth_username, webhook.name) == ("basic", "ada", "127.0.0.1")
    assert webhook.projects == []
    [test] = ok_receiver.requests
    assert test.method == "POST"
    assert test.header("Authorization") == "Basic YWRhOmNhbmFyeS1wYXNz"
    assert test.json()["type"] == "task.completed"


@pytest.mark.databases("sqlite")
def test_every_event_of_s1_has_its_type(app: Flask, program: Program, ok_receiver: Receiver) -> None:
    assert program("add_webhook", url=ok_receiver.url, events=",".join(S1_EVENTS)).json["status"] == "ok"  # type: ignore[index]
    keys = _only_webhook(app).events
    assert len(keys) == len(S1_EVENTS)
    assert {load_catalogue().require(key).action_api_name for key in keys} == set(S1_EVENTS)
    listed = program("get_webhooks").json
    assert listed is not None
    assert set(listed["data"][0]["events"].split(",")) == set(S1_EVENTS)


@pytest.mark.databases("sqlite")
def test_what_s1_has_no_name_for_is_shown_by_ours_and_may_be_named_so(
    program: Program, ok_receiver: Receiver
) -> None:
    assert program("add_webhook", url=ok_receiver.url, events="post_task,lead.created").status_code == 200
    assert program("get_webhooks").json["data"][0]["events"] == "lead.created,post_task"  # type: ignore[index]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "answer",
    [
        Answer(500),
        Answer(200),
        Answer(200, b"OK"),
        Answer(201, b'{"status":"OK"}', [("Content-Type", "application/json")]),
        Answer(200, b'{"status":"ok"}', [("Content-Type", "application/json")]),
        Answer(200, b'{"status":"OK"}', [("Content-Type", "text/html")]),
        Answer(302, b"", [("Location", "https://example.com")]),
        Answer(cut=True),
    ],
)
def test_error_11_when_the_receiver_does_not_pass(
    app: Flask, program: Program, receiver: Receiver, answer: Answer
) -> None:
    receiver.always(answer)
    _fails(
        program("add_webhook", url=receiver.url, events="post_task"),
        11,
        "Url should respond 200 HTTP_CODE and JSON {status:OK}",
        receiver.url,
    )
    with app.app_context():
        assert db.session.query(Webhook).count() == 0
        assert db.session.query(Attempt).one().trigger == "test"


@pytest.mark.databases("sqlite")
def test_a_webhook_that_is_off_is_paused(
    app: Flask, space_id: str, program: Program, ok_receiver: Receiver
) -> None:
    made = program("add_webhook", url=ok_receiver.url, events="post_task").json
    assert made is not None
    with app.test_request_context():
        webhooks.disable(space_id, made["id"])
    assert program("get_webhooks").json["data"][0]["status"] == "paused"  # type: ignore[index]


# --- both ways of access ---


def test_a_bearer_token_does_the_same(program: Program, ok_receiver: Receiver) -> None:
    added = program.with_token("add_webhook", url=ok_receiver.url, events="post_task").json
    assert added is not None
    assert program.with_token("get_webhooks").json["data"][0]["id"] == added["id"]  # type: ignore[index]
    assert program.with_token("delete_webhook", id=added["id"]).json == {"status": "ok"}


@pytest.mark.databases("sqlite")
def test_a_post_may_carry_the_parameters_in_its_body(program: Program, ok_receiver: Receiver) -> None:
    body = program.query("add_webhook", url=ok_receiver.url, events="post_task")
    form = "application/x-www-form-urlencoded"
    assert program.client.post(HASHED, data=body, content_type=form).json["status"] == "ok"  # type: ignore[index]
    in_query = program.client.post(f"{HASHED}?{program.query('get_webhooks')}")
    assert len(in_query.json["data"]) == 1  # type: ignore[index]
    unsigned = program.client.post(
        f"{HASHED}?{program.query('add_webhook')}", data="url=https://evil.example.com", content_type=form
    )
    assert unsigned.json == WRONG_HASH
    bearer = program.client.post(
        BEARER,
        data="action=get_webhooks",
        content_type=form,
        headers={"Authorization": f"Bearer {program.key}"},
    )
    assert bearer.json["status"] == "ok"  # type: ignore[index]


@pytest.mark.databases("sqlite")
def test_the_hash_may_stand_anywhere_and_covers_the_query_as_it_was_sent(program: Program) -> None:
    signed = program.hash_of("action=get_webhooks")
    for query in (f"hash={signed}&action=get_webhooks", f"action=get_webhooks&hash={signed}"):
        assert program.client.get(f"{HASHED}?{query}").json["status"] == "ok"  # type: ignore[index]
        assert program.client.get(f"/api/admin/v2?{query}").json["status"] == "ok"  # type: ignore[index]
    plain = f"action=delete_webhook&id={quote('a b')}"
    answer = program.client.get(f"{HASHED}?{plain}&hash={program.hash_of(plain)}")
    _fails(answer, 10, "WebHook not found", "a b")


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "query",
    [
        "action=get_webhooks",
        "action=get_webhooks&hash=",
        "action=get_webhooks&hash=nothing",
        f"action=get_webhooks&hash={'0' * 32}",
        "action=get_webhooks&hash={upper}",
        "action=get_webhooks&x=1&hash={right}",
        "action=get_webhooks;&hash={right}",
        "ACTION=get_webhooks&hash={right}",
        "hash={right}",
        "",
    ],
)
def test_a_wrong_hash_answers_error_2(program: Program, query: str) -> None:
    right = program.hash_of("action=get_webhooks")
    answer = program.client.get(f"{HASHED}?{query.format(right=right, upper=right.upper())}")
    assert answer.status_code == 200
    assert answer.json == WRONG_HASH


@pytest.mark.databases("sqlite")
def test_only_keys_made_for_the_action_api_can_sign(app: Flask, space_id: str) -> None:
    plain = caller_in(app, space_id)
    program = Program(app.test_client(), plain.key)
    assert program("get_webhooks").json == WRONG_HASH
    assert program.with_token("get_webhooks").json == {"status": "ok", "data": []}
    with app.test_request_context(), pytest.raises(Invalid, match="may do everything"):
        api_keys.create_key(space_id, "S1", ["webhooks:write"], action_api=True)


@pytest.mark.databases("sqlite")
def test_a_key_that_ended_signs_nothing(app: Flask, space_id: str, program: Program) -> None:
    assert program("get_webhooks").status_code == 200
    with app.app_context():
        db.session.query(ApiKey).update({"expires_at": utc_now() - timedelta(seconds=1)})
        db.session.commit()
    assert program("get_webhooks").json == WRONG_HASH
    other = _program_in(app, space_id)
    with app.test_request_context():
        key_id = db.session.query(ApiKey.id).filter(ApiKey.expires_at.is_(None)).scalar()
        api_keys.revoke_key(space_id, key_id)
        assert db.session.get(ApiKey, key_id).sealed_text is None  # type: ignore[union-attr]
    assert other("get_webhooks").json == WRONG_HASH


@pytest.mark.databases("sqlite")
def test_one_key_that_cannot_be_decrypted_locks_out_no_other(app: Flask, space_id: str) -> None:
    _program_in(app, space_id)
    with app.app_context():
        db.session.query(ApiKey).update({"sealed_text": "gone:nothing"})
        db.session.commit()
    assert _program_in(app, space_id)("get_webhooks").json == {"status": "ok", "data": []}


def test_its_text_is_kept_encrypted(app: Flask, program: Program) -> None:
    with app.app_context():
        row = db.session.query(ApiKey).one()
        kept = str({column.key: getattr(row, column.key) for column in ApiKey.__table__.columns})
    assert program.key not in kept
    assert row.sealed_text


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("token", [None, "hd_wrong", ""])
def test_without_a_token_401(app: Flask, token: str | None) -> None:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    answer = app.test_client().get(f"{BEARER}?action=get_webhooks", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Hookdesk"'
    assert answer.json == {
        "status": "error",
        "status_code": 401,
        "message": "Access token is missed or invalid",
    }


@pytest.mark.databases("sqlite")
def test_a_token_of_another_scope_403(app: Flask, space_id: str) -> None:
    caller = caller_in(app, space_id, "webhooks:read", "webhooks:write")
    answer = Program(app.test_client(), caller.key).with_token("get_webhooks")
    assert answer.status_code == 403
    assert 'scope="administrative"' in answer.headers["WWW-Authenticate"]
    assert answer.json["message"] == "Access token lacks the scope administrative"  # type: ignore[index]


@pytest.mark.databases("sqlite")
def test_another_spaces_webhooks_are_neither_seen_nor_deleted(app: Flask, call: Caller) -> None:
    webhook = call.new_webhook()
    with app.test_request_context():
        other_id = str(spaces.create_space("Borealis").id)
    other = _program_in(app, other_id)
    for ask in (other, other.with_token):
        assert ask("get_webhooks").json == {"status": "ok", "data": []}
        _fails(ask("delete_webhook", id=webhook["id"]), 10, "WebHook not found", webhook["id"])
    assert call("GET", f"/webhooks/{webhook['id']}").status_code == 200


# --- bad input ---


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("action", "parameters", "message", "details"),
    [
        ("add_webhook", {}, "Field is required", "url"),
        ("add_webhook", {"url": " "}, "Field is required", "url"),
        ("add_webhook", {"url": "https://a.example.com"}, "Field is required", "events"),
        ("add_webhook", {"url": "https://a.example.com", "events": ","}, "Field is invalid", "events: "),
        ("add_webhook", {"url": "https://a.example.com", "events": "post_tusk"}, "Field is invalid", "post_"),
        ("add_webhook", {"url": "no address", "events": "post_task"}, "Field is invalid", "url: "),
        ("add_webhook", {"url": "https://[", "events": "post_task"}, "Field is invalid", "url: "),
        ("add_webhook", {"url": "ftp://a.example.com", "events": "post_task"}, "Field is invalid", "url: "),
        (
            "add_webhook",
            {"url": "https://a.example.com", "events": "post_task", "http_pass": "canary"},
            "Field is invalid",
            "http_user: ",
        ),
        (
            "add_webhook",
            {"url": "https://a.example.com", "events": "post_task", "http_user": "ada"},
            "Field is invalid",
            "http_pass: ",
        ),
        (
            "add_webhook",
            {"url": "https://a.example.com", "events": "post_task", "project": "1"},
            "Field is invalid",
            "project: ",
        ),
        (
            "add_webhook",
            {"url": "https://a.example.com", "events": "post_task", "projects": "x" * 201},
            "Field is invalid",
            "projects: ",
        ),
        ("delete_webhook", {}, "Field is required", "id"),
        ("get_webhooks", {"page": "2"}, "Field is invalid", "page: "),
    ],
)
def test_bad_input_is_said_in_the_shape_of_s1(
    app: Flask, program: Program, action: str, parameters: dict[str, str], message: str, details: str
) -> None:
    for ask in (program, program.with_token):
        answer = ask(action, **parameters)
        assert answer.status_code == 200
        assert answer.json is not None
        assert (answer.json["status"], answer.json["status_code"]) == ("error", 10)
        assert answer.json["message"] == message
        assert details in answer.json["message_details"]
        assert "canary" not in answer.text
    with app.app_context():
        assert db.session.query(Webhook).count() == 0
        assert db.session.query(Attempt).count() == 0


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("action", "details"),
    [
        ("", "There are: add_webhook, get_webhooks, delete_webhook"),
        ("get_tasks", "There are: add_webhook, get_webhooks, delete_webhook"),
        ("delete_webhookd", "Did you mean delete_webhook?"),
    ],
)
def test_an_unknown_action_answers_error_1(program: Program, action: str, details: str) -> None:
    _fails(program(action), 1, "Action is missed or invalid", details)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "query",
    [
        "action=get_webhooks&id=%FF",
        "action=get_webhooks&action=get_webhooks",
        "&".join(f"a{n}=1" for n in range(60)),
        "action=delete_webhook&id=%00",
    ],
)
def test_what_cannot_be_read_is_refused(program: Program, query: str) -> None:
    answer = program.client.get(f"{BEARER}?{query}", headers={"Authorization": f"Bearer {program.key}"})
    assert answer.status_code == 200
    assert answer.json["status_code"] == 10  # type: ignore[index]


@pytest.mark.databases("sqlite")
def test_other_methods_and_addresses_answer_in_the_shape_of_s1(program: Program) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        answer = program.client.open(HASHED, method=method)
        assert (answer.status_code, answer.json["status"]) == (405, "error")  # type: ignore[index]
        assert "GET" in answer.headers["Allow"]
    assert program.client.get("/api/admin/v3/").json["status_code"] == 404  # type: ignore[index]


@pytest.mark.databases("sqlite")
def test_what_breaks_here_is_our_fault_and_tells_nothing(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_args: object) -> None:
        raise RuntimeError("canary")

    monkeypatch.setattr("app.api.action.routes.perform", break_down)
    program.client.application.testing = False
    answer = program("get_webhooks", x="canary-query")
    assert answer.status_code == 500
    assert "canary" not in answer.text
    assert re.fullmatch(r"Reference [0-9a-f]{8}", answer.json["message_details"])  # type: ignore[index]
