"""Numbers keep their digits from the publisher to the receiver and the API; equal values are equal however spelt."""

from __future__ import annotations

import gzip
import json
import re
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.extensions import db
from app.models import Event
from app.sending.message.formats import FORMATS
from app.sending.message.layout import Layout, RenderableEvent, SelectedField
from app.sending.message.rendering import render
from tests.api.conftest import Caller
from tests.api.problems import problem

DIGITS = st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?", fullmatch=True)
SPELT = [
    "123456789012345.123456",
    "1.10",
    "-0",
    "-0.0",
    "1E5",
    "1e-400",
    "123456789012345678901234567890",
    "0.10e+1",
]


def _send(call: Caller, data: str, key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    raw = b'{"type":"lead.created","data":%b}' % data.encode()
    return call("POST", "/events", data=raw, content_type="application/json", headers=headers)


def _spelt(text: str) -> Any:
    return json.loads(text, parse_int=str, parse_float=str)


def _stored(app: Flask, event_id: str) -> bytes:
    with app.app_context():
        event = db.session.get(Event, event_id)
        assert event is not None
        return event.data


def _says_everywhere(app: Flask, call: Caller, numbers: list[str]) -> None:
    answer = _send(call, f'{{ "list": [{", ".join(numbers)}], "a": {{"b": {numbers[0]}}} }}')
    assert answer.status_code == 202, answer.text
    kept = _stored(app, answer.json["id"])
    assert _spelt(kept.decode()) == {"list": numbers, "a": {"b": numbers[0]}}
    shown = _spelt(call("GET", f"/events/{answer.json['id']}").text)
    assert shown["data"]["list"] == numbers
    for delivery in shown["deliveries"]:
        assert _spelt(call("GET", f"/deliveries/{delivery['id']}").text)["payload"]["list"] == numbers
    assert _spelt(call("GET", "/events").text)["data"][0]["data"]["list"] == numbers
    event = RenderableEvent("lead.created", "2026-11-26T10:00:00.000Z", kept, "evt_1")
    for name in FORMATS.keys() - {"sns"}:
        for fields in (None, (SelectedField("a.b", "chosen"), SelectedField("list", "list"))):
            layout = Layout(name, fields, secret="s")
            assert numbers[0].encode() in render(layout, event, "POST").body
            listed = [v for k, v in render(layout, event, "GET").query if k.endswith("list")]
            assert listed == numbers


def test_numbers_are_sent_and_shown_as_they_were_written(app: Flask, call: Caller) -> None:
    call.new_webhook()
    _says_everywhere(app, call, SPELT)


@pytest.mark.databases("sqlite")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(DIGITS, min_size=1, max_size=6))
def test_any_number_is_sent_and_shown_as_it_was_written(app: Flask, call: Caller, numbers: list[str]) -> None:
    _says_everywhere(app, call, numbers)


@pytest.mark.parametrize(
    "again", ['{"b":1.1,"a":[1E1,1]}', '{ "a" : [10.0, 1.0], "b" : 1.10 }', '{"a":[10,1],"b":11e-1}']
)
def test_the_same_values_under_the_same_key_are_the_same_event(app: Flask, call: Caller, again: str) -> None:
    first = _send(call, '{"a":[10,1],"b":1.10}', "k")
    repeat = _send(call, again, "k")
    assert (repeat.json["id"], repeat.headers["Idempotency-Replayed"]) == (first.json["id"], "true")
    assert _stored(app, first.json["id"]) == b'{"a":[10,1],"b":1.10}'


@pytest.mark.parametrize(
    "other",
    [
        '{"a":123456789012345.1234561}',
        '{"a":"123456789012345.123456"}',
        '{"a":-123456789012345.123456}',
        '{"a":123456789012345.123456,"b":null}',
    ],
)
def test_another_value_under_the_same_key_is_refused(call: Caller, other: str) -> None:
    assert _send(call, '{"a":123456789012345.123456}', "k").status_code == 202
    problem(_send(call, other, "k"), 409, "idempotency-key-reused")


@pytest.mark.parametrize(
    ("condition", "data"),
    [
        (("is", "123456789012345.1234560"), '{"x":123456789012345.123456}'),
        (("greater", "123456789012345.123455"), '{"x":123456789012345.123456}'),
        (("is_not", "123456789012345.12345"), '{"x":123456789012345.123456}'),
        (("is", "é"), r'{"x":"e\u0301"}'),
        (("is", "2026-11-26T10:00:00Z"), '{"x":"2026-11-26T12:00:00+02:00"}'),
        (("is", "2026-11-26"), '{"x":"2026-11-26T23:30:00-05:00"}'),
    ],
)
def test_conditions_compare_what_values_say(call: Caller, condition: tuple[str, str], data: str) -> None:
    op, value = condition
    call.new_webhook(conditions=[{"field": "x", "op": op, "value": value}])
    assert _send(call, data).json["deliveries"] == 1
    opposite = {"is": "is_not", "is_not": "is", "greater": "less"}[op]
    call.new_webhook(conditions=[{"field": "x", "op": opposite, "value": value}])
    answer = _send(call, data)
    assert answer.json["deliveries"] == 1
    not_sent = call("GET", f"/events/{answer.json['id']}").json["not_sent"]
    assert [one["reason"] for one in not_sent] == ["condition_not_met"]


def test_a_condition_written_as_a_number_keeps_its_digits(call: Caller) -> None:
    body = {"name": "n", "url": "https://example.com/", "events": ["lead.created"]}
    raw = json.dumps({**body, "conditions": [{"field": "x", "value": "N"}]}).replace(
        '"N"', "123456789012345.123456"
    )
    made = call("POST", "/webhooks", data=raw.encode(), content_type="application/json")
    assert made.status_code == 201, made.text
    assert Decimal(str(made.json["conditions"][0]["value"])) == Decimal("123456789012345.123456")


def test_a_name_that_stands_twice_is_named(call: Caller) -> None:
    for data in ('{"a":1,"a":2}', '{"a":1.5,"a":2}', '{"x":[{"a":"q","b":1,"a":"\\u0022"}]}'):
        said = problem(_send(call, data), 400, "broken-json")
        assert said["detail"] == "The name “a” stands twice in one object."


def test_names_keep_the_white_space_around_them(app: Flask, call: Caller) -> None:
    answer = _send(call, '{" a ":1,"a":2}')
    assert _stored(app, answer.json["id"]) == b'{" a ":1,"a":2}'


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("path", ["/events", "/events/batch"])
def test_a_key_that_is_not_ascii_is_refused_with_its_cause(call: Caller, path: str) -> None:
    event = {"type": "lead.created", "data": {}}
    body = event if path == "/events" else {"events": [event]}
    said = problem(call("POST", path, body, headers={"Idempotency-Key": "caf\xe9"}), 422, "validation")
    assert re.search("Idempotency-Key .* not ASCII", said["detail"])
    said = problem(call("POST", path, body, headers={"Idempotency-Key": " "}), 422, "validation")
    assert "is empty" in said["detail"]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate", "br", "gzip, gzip", "UTF-8"])
@pytest.mark.parametrize("path", ["/events", "/webhooks"])
def test_an_encoded_body_is_refused_with_its_encoding(call: Caller, path: str, encoding: str) -> None:
    raw = gzip.compress(b'{"type":"lead.created","data":{}}')
    headers = {"Content-Encoding": encoding}
    answer = call("POST", path, data=raw, content_type="application/json", headers=headers)
    assert encoding in problem(answer, 415, "encoded")["detail"]
    assert answer.headers["Accept-Encoding"] == "identity"
    plain = b'{"type":"lead.created","data":{}}'
    headers = {"Content-Encoding": "identity"}
    taken = call("POST", "/events", data=plain, content_type="application/json", headers=headers)
    assert taken.status_code == 202
