"""What a program is told when something of ours is broken, and that nothing is half done."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app.api import problems
from app.core.extensions import db
from app.models import Event
from tests.api.conftest import Caller
from tests.api.problems import problem


def test_an_unknown_address_and_method(call: Caller) -> None:
    problem(call("GET", "/nope"), 404, "not-found")
    answer = call("DELETE", "/events")
    problem(answer, 405, "method-not-allowed")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_our_fault_has_a_reference_that_stands_in_the_log(
    call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[dict[str, object]] = []

    def broken(*_words: object) -> None:
        raise RuntimeError("secret inner words")

    monkeypatch.setattr("app.api.webhooks.crud.find_webhooks", broken)
    monkeypatch.setattr(problems.log, "error", lambda _event, **facts: logged.append(facts), raising=False)
    answer = call("GET", "/webhooks")
    assert problem(answer, 500, "internal")["reference"] == logged[0]["reference"]
    assert "secret inner words" not in answer.text


def test_a_database_that_is_away_says_send_it_again(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_words: object, **_more: object) -> None:
        raise OperationalError("insert", {}, Exception("disk is full"))

    monkeypatch.setattr("app.api.events.publish", away)
    answer = call("POST", "/events", {"type": "lead.created", "data": {}})
    body = problem(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert body["reference"]
    assert "disk is full" not in answer.text


def test_twenty_at_once_under_one_key_are_one_event(app: Flask, call: Caller) -> None:
    def send(_number: int) -> tuple[int, str]:
        body, headers = {"type": "lead.created", "data": {"id": 1}}, {"Idempotency-Key": "k"}
        caller = Caller(app.test_client(), call.key)
        answer = caller("POST", "/events", body, headers)
        return answer.status_code, answer.json["id"]

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(send, range(20)))
    assert len(answers) == 1
    assert answers.pop()[0] == 202
    with app.app_context():
        assert db.session.query(Event).count() == 1


def test_the_words_we_do_not_use(call: Caller) -> None:
    answers = [
        call("GET", "/nope"),
        call("DELETE", "/events"),
        call("POST", "/events", {}),
        call("POST", "/events", data=b"{", content_type="application/json"),
        call("POST", "/events", data=b"{"),
        call("GET", "/webhooks", headers={"Authorization": ""}),
    ]
    for answer in answers:
        text = answer.text.lower()
        assert not [word for word in ("please", "sorry", "oops", "invalid", "forbidden") if word in text]
