"""The action API: bad input, and what breaks here, in S1's shape."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.core.extensions import db
from app.models import Attempt, Webhook
from tests.api.action_program import BEARER, HASHED, Program, fails


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
    fails(program(action), 1, "Action is missed or invalid", details)


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
