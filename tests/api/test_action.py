"""The action API in S1's shapes: every call and its answers."""

from __future__ import annotations

import pytest
from flask import Flask

from app.catalogue import load_catalogue
from app.core.extensions import db
from app.models import Attempt, Webhook
from app.services import spaces, webhooks
from tests.api.action_program import Program, fails, program_in
from tests.api.conftest import Caller
from tests.machine.receiver import Answer, Receiver

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


def only_webhook(app: Flask) -> Webhook:
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
    assert added.json == {"status": "ok", "id": 1}
    listed = program("get_webhooks")
    assert listed.json == {
        "status": "ok",
        "data": [
            {
                "id": "1",
                "url": ok_receiver.url,
                "events": "post_task,reopen_task",
                "status": "active",
                "projects": "333,7",
            }
        ],
    }
    assert program("delete_webhook", id=added.json["id"]).json == {"status": "ok"}
    assert program("get_webhooks").json == {"status": "ok", "data": []}
    fails(program("delete_webhook", id=added.json["id"]), 10, "WebHook not found", "1")


def test_numbers_are_counted_in_a_space_and_never_given_twice(
    app: Flask, program: Program, ok_receiver: Receiver
) -> None:
    def add(caller: Program) -> int:
        answer = caller("add_webhook", url=ok_receiver.url, events="update_task,post_task,delete_task")
        assert answer.json is not None
        return int(answer.json["id"])

    assert [add(program), add(program)] == [1, 2]
    assert program("delete_webhook", id="2").json == {"status": "ok"}
    assert add(program) == 3
    with app.test_request_context():
        other = program_in(app, str(spaces.create_space("Borealis").id))
    assert add(other) == 1
    listed = program("get_webhooks").json["data"]  # type: ignore[index]
    assert [(one["id"], one["events"]) for one in listed] == [
        ("1", "update_task,post_task,delete_task"),
        ("3", "update_task,post_task,delete_task"),
    ]
    for wrong in ("2", "99", "0", "-1", "1.0", "9" * 30, "whk_0"):
        fails(program("delete_webhook", id=wrong), 10, "WebHook not found", wrong)


def test_a_change_of_something_else_keeps_the_order_of_events(
    program: Program, call: Caller, ok_receiver: Receiver
) -> None:
    program("add_webhook", url=ok_receiver.url, events="update_task,post_task")
    webhook = call("GET", "/webhooks").json["data"][0]
    assert call("PATCH", f"/webhooks/{webhook['id']}", {"name": "Other"}).status_code == 200
    assert program("get_webhooks").json["data"][0]["events"] == "update_task,post_task"  # type: ignore[index]


def test_a_new_webhook_is_on_with_the_rules_of_s1(
    app: Flask, program: Program, ok_receiver: Receiver
) -> None:
    added = program(
        "add_webhook", url=ok_receiver.url, events="close_task", http_user="ada", http_pass="canary-pass"
    )
    assert "canary" not in added.text
    webhook = only_webhook(app)
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
    keys = only_webhook(app).events
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
    assert program("get_webhooks").json["data"][0]["events"] == "post_task,lead.created"  # type: ignore[index]


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
    fails(
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
        webhooks.disable(space_id, webhooks.id_of_number(space_id, str(made["id"])))
    assert program("get_webhooks").json["data"][0]["status"] == "paused"  # type: ignore[index]
