"""Data that does not fit the schema of the space's own event type: marked, or refused where the space wants that."""

from __future__ import annotations

import time
from typing import Any

import pytest
from flask import Flask

from tests.api.conftest import Caller
from tests.api.problems import problem

SCHEMA = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}, "lines": {"items": {"properties": {"n": {"minimum": 1}}}}},
}


def _type(call: Caller, schema: dict[str, Any] = SCHEMA) -> None:
    answer = call("PUT", "/event-types/invoice.paid", {"sample": {"id": 1}, "json_schema": schema})
    assert answer.status_code == 200, answer.text


def _publish(call: Caller, data: Any, type_: str = "invoice.paid") -> Any:
    return call("POST", "/events", {"type": type_, "data": data})


def _refuse(call: Caller) -> None:
    assert call("GET", "/event-settings").json == {"unfit_data": "mark"}
    assert call("PATCH", "/event-settings", {"unfit_data": "refuse"}).json == {"unfit_data": "refuse"}
    assert call("GET", "/event-settings").json == {"unfit_data": "refuse"}


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ({"id": 1}, None),
        ({"id": 10**400}, None),
        ({}, "data.id: The schema requires this."),
        ({"id": "1"}, "data.id: The schema wants integer here."),
        ({"id": 1, "lines": [{"n": 1}, {"n": 0.5}]}, "data.lines.1.n: The schema wants at least 1."),
    ],
)
def test_it_is_stored_and_marked_by_default(call: Caller, data: Any, fault: str | None) -> None:
    _type(call)
    answer = _publish(call, data)
    assert answer.status_code == 202
    assert call("GET", f"/events/{answer.json['id']}").json["data_fault"] == fault
    assert call("GET", "/events").json["data"][0]["data_fault"] == fault


def test_a_space_may_have_it_refused_with_its_path(call: Caller) -> None:
    _type(call)
    _refuse(call)
    said = problem(_publish(call, {"id": 1, "lines": [{"n": 0}]}), 422, "validation")
    assert said["errors"] == [{"field": "data.lines.0.n", "message": "The schema wants at least 1."}]
    items = [{"type": "invoice.paid", "data": {"id": 1}}, {"type": "invoice.paid", "data": {}}]
    said = problem(call("POST", "/events/batch", {"events": items}), 422, "validation")
    assert said["errors"] == [{"field": "events.1.data.id", "message": "The schema requires this."}]
    assert call("GET", "/events").json["data"] == []
    assert _publish(call, {"id": 1}).status_code == 202
    assert _publish(call, {"anything": 1}, "lead.created").status_code == 202


@pytest.mark.databases("sqlite")
def test_the_choice_is_one_of_two(call: Caller) -> None:
    problem(call("PATCH", "/event-settings", {"unfit_data": "drop"}), 422, "validation")
    problem(call("PATCH", "/event-settings", {}), 422, "validation")


@pytest.mark.databases("sqlite")
def test_patterns_and_references_of_a_stranger_cost_nothing(call: Caller) -> None:
    _type(call, {"properties": {"x": {"pattern": "(a+)+$", "$ref": "https://example.com/schema.json"}}})
    began = time.monotonic()
    assert _publish(call, {"x": "a" * 5000 + "!"}).status_code == 202
    assert time.monotonic() - began < 1


@pytest.mark.databases("sqlite")
def test_many_values_with_many_choices_are_checked_within_a_budget(app: Flask, call: Caller) -> None:
    _type(call, {"properties": {"x": {"items": {"enum": list(range(5000))}}}})
    began = time.monotonic()
    answer = _publish(call, {"x": [4999] * 100_000})
    assert time.monotonic() - began < 2
    assert "more values than are checked" in call("GET", f"/events/{answer.json['id']}").json["data_fault"]
