"""What a caller is told about a body that cannot be read, and about a key that a batch cannot have."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core.extensions import db
from app.models import Event
from tests.api.conftest import Caller
from tests.api.problems import fields, problem

LEAD = {"type": "lead.created", "data": {}}
pytestmark = pytest.mark.databases("sqlite")


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b'{"a":\\x}', "line 1, column 6"),
        (b'{\n "a": nul}', "line 2, column 10"),
        (b'{"a":"\xff"}', "line 1, column 7"),
        (b'{"a":1', "line 1, column 6"),
    ],
)
def test_broken_json_is_told_by_its_place_alone(call: Caller, raw: bytes, place: str) -> None:
    answer = call("POST", "/events", data=raw, content_type="application/json")
    said = problem(answer, 400, "broken-json")["detail"]
    assert said == f"The body is not JSON in UTF-8: look at {place}."


@pytest.mark.parametrize("depth", [101, 199, 300, 100_000])
def test_what_is_too_deep_is_told_alike_at_every_depth(call: Caller, depth: int) -> None:
    raw = b'{"a":' + b"[" * depth + b"]" * depth + b"}"
    answer = call("POST", "/events", data=raw, content_type="application/json")
    assert problem(answer, 400, "broken-json")["detail"] == "The body is nested more than 100 deep."


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("", "The header Idempotency-Key is empty. Leave it out, or send a key."),
        ("x" * 251, "Use 1 to 250 characters."),
    ],
)
def test_a_batch_refuses_a_key_that_its_events_cannot_carry(
    app: Flask, call: Caller, key: str, said: str
) -> None:
    answer = call("POST", "/events/batch", {"events": [LEAD]}, {"Idempotency-Key": key})
    assert fields(answer) == {"idempotency_key": said}
    with app.app_context():
        assert db.session.query(Event).count() == 0


def test_the_longest_key_of_a_batch_fits_its_last_event(call: Caller) -> None:
    batch, headers = {"events": [LEAD] * 1000}, {"Idempotency-Key": "x" * 250}
    first = call("POST", "/events/batch", batch, headers)
    again = call("POST", "/events/batch", batch, headers)
    assert first.status_code == 202
    assert again.json == first.json
