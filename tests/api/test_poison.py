"""Bodies that break parsers and databases: stored exactly or refused with 4xx, and never in the way of others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from app.api.events import EVENT_BYTES
from app.core.extensions import db
from app.models import Event
from tests.api.conftest import Caller
from tests.api.problems import problem

JSON = "application/json"


def _send(call: Caller, raw: bytes, path: str = "/events", content_type: str = JSON) -> Any:
    return call("POST", path, data=raw, content_type=content_type)


def _event(data: bytes) -> bytes:
    return b'{"type":"lead.created","data":' + data + b"}"


def _nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


STORED = {
    "NUL": rb'{"a":"\u0000","\u0000":1}',
    "big whole numbers": b'{"a":123456789012345678901234567890,"b":-9223372036854775809}',
    "many digits": b'{"a":' + b"9" * 4000 + b"}",
    "emoji by surrogates": rb'{"a":"\ud83d\ude00"}',
    "astral": '{"a":"😀𝕏"}'.encode(),
    "deep": _nested(98),
    "right to left": '{"a":"\u202eabc"}'.encode(),
    "line separators": '{"a":"\u2028\u2029"}'.encode(),
    "html": b'{"a":"</script><img src=x onerror=alert(1)>"}',
    "sql": b'{"a":"\'; drop table event; --"}',
    "empty names": b'{"":{"":""}}',
    "tiny number": b'{"a":1e-400}',
    "empty": b"{}",
}
ODD_TEXTS = ["", "'", '"', "%", "_", "\\", "\0", "'; drop table event; --", "😀", "x" * 200, "x" * 5000]
BROKEN = {
    "the same name twice": _event(b'{"a":1,"a":2}'),
    "empty": b"",
    "white space": b" \n ",
    "half": b'{"type":',
    "two values": _event(b"{}") + b"{}",
    "NaN": _event(b'{"a":NaN}'),
    "infinity": _event(b'{"a":-Infinity}'),
    "too large a number": _event(b'{"a":1e400}'),
    "too large a number, deep": _event(b'{"a":[[[{"b":[-1e999]}]]]}'),
    "endless digits": _event(b'{"a":' + b"9" * 5000 + b"}"),
    "lone surrogate": _event(rb'{"a":"\ud800"}'),
    "lone surrogate in a name": _event(rb'{"\udfff":1}'),
    "invalid UTF-8": _event(b'{"a":"\xff\xfe"}'),
    "surrogate in UTF-8": _event(b'{"a":"\xed\xa0\x80"}'),
    "overlong UTF-8": _event(b'{"a":"\xc0\x80"}'),
    "UTF-16": _event(b"{}").decode().encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + _event(b"{}"),
    "raw NUL": _event(b'{"a":"\x00"}'),
    "deeper than 100": _event(_nested(101)),
    "10,000 deep": _event(_nested(10_000)),
    "100,000 lists": b"[" * 100_000,
    "single quotes": b"{'type': 'lead.created'}",
    "form": b"type=lead.created&data=1",
    "comment": b'{"type":"lead.created",/* */"data":{}}',
}


def test_stored_as_it_was_meant(app: Flask, call: Caller) -> None:
    for name, data in STORED.items():
        answer = _send(call, _event(data))
        assert answer.status_code == 202, (name, answer.text)
        shown = call("GET", f"/events/{answer.json['id']}")
        assert json.loads(shown.data)["data"] == json.loads(data), name
        assert call("GET", "/events").status_code == 200
        with app.app_context():
            kept = db.session.query(Event).order_by(Event.id.desc()).first()
            assert kept is not None
            assert json.loads(kept.data) == json.loads(data), name


@pytest.mark.parametrize("path", ["/events", "/events/batch", "/webhooks"])
@pytest.mark.databases("sqlite")
def test_broken_json_is_refused(app: Flask, call: Caller, path: str) -> None:
    for raw in BROKEN.values():
        problem(_send(call, raw, path), 400, "broken-json")
    with app.app_context():
        assert db.session.query(Event).count() == 0


@pytest.mark.parametrize("raw", [b"null", b"[]", b'"text"', b"7", b"true", b"[{}]"])
@pytest.mark.databases("sqlite")
def test_json_that_is_no_object_is_refused(call: Caller, raw: bytes) -> None:
    assert problem(_send(call, raw), 422, "validation")["detail"] == "Send an object: {...}."


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json"]
)
@pytest.mark.databases("sqlite")
def test_json_says_that_it_is_json(call: Caller, content_type: str) -> None:
    problem(_send(call, _event(b"{}"), content_type=content_type), 415, "not-json")


@pytest.mark.parametrize(
    "content_type", [JSON, "application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.acme+json"]
)
@pytest.mark.databases("sqlite")
def test_json_may_say_so_in_many_ways(call: Caller, content_type: str) -> None:
    assert _send(call, _event(b"{}"), content_type=content_type).status_code == 202


def test_the_largest_data_is_stored_and_one_byte_more_is_not(app: Flask, call: Caller) -> None:
    room = 1024 * 1024 - len('{"a":""}')
    assert _send(call, _event(b'{"a":"' + b"x" * room + b'"}')).status_code == 202
    said = problem(_send(call, _event(b'{"a":"' + b"x" * (room + 1) + b'"}')), 422, "validation")
    assert said["errors"] == [{"field": "data", "message": "The data is larger than 1024 KiB."}]
    escaped = b'{"a":"' + rb"\u00e9" * (room // 2) + b'"}'
    assert _send(call, _event(escaped)).status_code == 202  # its bytes count, not how they were written
    listed = call("GET", "/deliveries")
    assert len(listed.data) < 100_000


def test_more_than_the_call_takes_is_too_large(call: Caller) -> None:
    problem(_send(call, b"x" * (EVENT_BYTES + 1)), 413, "too-large")
    problem(_send(call, b"x" * (1024 * 1024 + 1), "/webhooks"), 413, "too-large")


def test_odd_ids_are_not_found(call: Caller) -> None:
    for path in (
        "/events/%00",
        "/webhooks/a%00b",
        "/deliveries/%F0%9F%98%80",
        "/event-types/%00",
        "/events/'",
    ):
        assert call("GET", path).status_code in {400, 404}, path


@pytest.mark.parametrize("path", ["/events", "/deliveries"])
def test_odd_text_in_filters_is_never_our_fault(call: Caller, path: str) -> None:
    call.new_webhook()
    call.publish()
    for name in ("q", "type", "event_type", "webhook_id", "event_id", "reason", "cursor", "since"):
        for text in ODD_TEXTS:
            answer = call("GET", path, query_string={name: text})
            assert answer.status_code in {200, 400, 422}, (name, text)


def test_a_poisoned_event_is_not_in_the_way_of_the_next(call: Caller) -> None:
    call.new_webhook()
    for name in ("NUL", "many digits", "deep"):
        assert _send(call, _event(STORED[name])).status_code == 202
    assert call.publish()["deliveries"] == 1
    assert len(call("GET", "/deliveries").json["data"]) == 4
