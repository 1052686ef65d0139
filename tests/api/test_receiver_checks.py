"""Checks of receivers by the API: ask, list, read, in the shapes that the document shows."""

from __future__ import annotations

import pytest
from flask import Flask

from app.services.receiver_checks import running
from tests.api.conftest import Caller
from tests.api.problems import problem
from tests.machine.receiver import Receiver

pytestmark = pytest.mark.databases("sqlite")


def test_ask_for_a_check_and_read_its_score_card(app: Flask, call: Caller, receiver: Receiver) -> None:
    webhook = call.new_webhook(url=receiver.url)
    asked = call("POST", f"/webhooks/{webhook['id']}/checks")
    assert asked.status_code == 202
    assert (asked.json["state"], asked.json["lines"], asked.json["mark"]) == ("waiting", [], None)
    with app.test_request_context():
        assert running.run(asked.json["id"])
    shown = call("GET", asked.location.removeprefix("/api/v1")).json
    assert (shown["state"], shown["mark"]) == ("done", "warn")
    tampered = next(line for line in shown["lines"] if line["name"] == "tampered")
    assert (tampered["mark"], tampered["who"]) == ("warn", "they")
    assert call("GET", f"/webhooks/{webhook['id']}/checks").json["data"] == [shown]


def test_lists_go_page_by_page(app: Flask, call: Caller, receiver: Receiver) -> None:
    webhook = call.new_webhook(url=receiver.url)
    ids = []
    for _number in range(3):
        ids.append(call("POST", f"/webhooks/{webhook['id']}/checks").json["id"])
        with app.test_request_context():
            running.run(ids[-1])
    first = call("GET", f"/webhooks/{webhook['id']}/checks?limit=2").json
    second = call("GET", f"/webhooks/{webhook['id']}/checks?limit=2&cursor={first['next_cursor']}").json
    assert [one["id"] for one in first["data"] + second["data"]] == ids[::-1]
    assert second["next_cursor"] is None


def test_of_another_space_there_is_nothing(call: Caller, other: Caller, receiver: Receiver) -> None:
    webhook = call.new_webhook(url=receiver.url)
    check = call("POST", f"/webhooks/{webhook['id']}/checks").json
    problem(other("POST", f"/webhooks/{webhook['id']}/checks"), 404, "not-found")
    problem(other("GET", f"/webhooks/{webhook['id']}/checks"), 404, "not-found")
    problem(other("GET", f"/webhooks/{webhook['id']}/checks/{check['id']}"), 404, "not-found")
    own = other.new_webhook()
    problem(other("GET", f"/webhooks/{own['id']}/checks/{check['id']}"), 404, "not-found")


def test_fields_are_refused(call: Caller) -> None:
    webhook = call.new_webhook()
    problem(call("POST", f"/webhooks/{webhook['id']}/checks", {"probe": "all"}), 422, "validation")
