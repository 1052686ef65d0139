"""Lists and details read every kind of attempt, on both databases: empty and missing values are told apart the same."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import orjson
import pytest
from flask import Flask

from app.models.webhook import METHODS
from tests.api.conftest import Caller, caller_in
from tests.web.conftest import Visitor

HEADERS = orjson.dumps([["Content-Type", "application/json"]])
REQUESTS: list[dict[str, Any]] = [
    {"request_headers": headers, "request_body": body}
    for headers, body in product((b"[]", HEADERS), (b"", b"{}"))
]
# Without an answer; with an empty one; with bytes of no charset; longer than what is kept or shown.
ANSWERS: list[dict[str, Any]] = [
    {"status": None, "response_headers": None, "response_body": None, "body_size": 0},
    {"status": 204, "response_headers": b"[]", "response_body": b"", "body_size": 0},
    {"status": 200, "response_headers": HEADERS, "response_body": None, "body_size": 0},
    {"status": 200, "response_headers": b"[]", "response_body": b"\0\xff\xfe", "body_size": 3},
    {"status": 503, "response_headers": HEADERS, "response_body": b"x" * 5000, "body_size": 90_000},
]
OUTCOMES = [
    ("succeeded", None, b"{}"),
    ("failed", "http_503", b"{}"),
    ("failed", "read_timeout", b'{"host":"crm.example.com"}'),
    ("failed", "cut_off", b""),
    ("unknown", "unknown_outcome", b"{}"),
]
TRIGGERS = ("scheduled", "manual")


def kinds() -> list[dict[str, Any]]:
    """Every request with every answer and outcome; methods and triggers in turn."""
    whole = product(REQUESTS, ANSWERS, OUTCOMES)
    made = []
    for number, (request, answer, (outcome, reason, facts)) in enumerate(whole):
        turn = {"method": METHODS[number % len(METHODS)], "trigger": TRIGGERS[number % len(TRIGGERS)]}
        made.append({**request, **answer, **turn, "outcome_": outcome, "reason": reason, "facts": facts})
    return made


@pytest.fixture
def call(app: Flask, space_id: str) -> Caller:
    """A program of the space."""
    return caller_in(app, space_id)


def test_every_list_and_detail_reads_every_kind(
    app: Flask,
    admin: Visitor,
    call: Caller,
    a_webhook: str,
    new_delivery: Callable[..., str],
) -> None:
    ids = {}
    for kind in kinds():
        state = "succeeded" if kind["outcome_"] == "succeeded" else "failed"
        attempt = {name: value for name, value in kind.items() if name != "outcome_"}
        ids[new_delivery(a_webhook, state, attempts=1, **attempt)] = kind
    for state in ("pending", "sending", "held", "cancelled"):
        ids[new_delivery(a_webhook, state)] = None

    listed = {each["id"]: each for each in call("GET", "/deliveries?limit=200").json["data"]}  # type: ignore[index]
    assert listed.keys() == ids.keys()
    for delivery_id, kind in ids.items():
        whole = call("GET", f"/deliveries/{delivery_id}")
        assert whole.status_code == 200
        assert admin.get(f"/deliveries/{delivery_id}").status_code == 200
        for shown in (listed[delivery_id], whole.json):
            _check(shown["attempts"], kind)  # type: ignore[index]
    for path in ("/deliveries", f"/webhooks/{a_webhook}", "/webhooks"):
        assert admin.get(path).status_code == 200
    assert call("GET", "/events?limit=200").status_code == 200


def _check(attempts: list[dict[str, Any]], kind: dict[str, Any] | None) -> None:
    if kind is None:
        assert attempts == []
        return
    (attempt,) = attempts
    assert attempt["request"]["body"] == kind["request_body"].decode()
    assert len(attempt["request"]["headers"]) == len(orjson.loads(kind["request_headers"]))
    if kind["status"] is None:
        assert attempt["response"] is None
    elif not kind["response_body"]:
        assert attempt["response"]["body"] == ""
