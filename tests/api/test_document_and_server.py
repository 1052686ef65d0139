"""The OpenAPI document and the server agree on what a body may hold, and on which methods an address has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.api.openapi import document
from tests.api.conftest import Caller
from tests.api.problems import fields

pytestmark = pytest.mark.databases("sqlite")

EVENT = {"type": "lead.created", "data": {"id": 1}}


def schema_of(app: Flask, path: str) -> dict[str, Any]:
    whole = document(app)
    found = whole["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return dict(whole["components"]["schemas"][found["$ref"].rpartition("/")[2]])


def test_the_key_of_a_single_event_is_a_header_in_both(app: Flask, call: Caller) -> None:
    assert "idempotency_key" not in schema_of(app, "/api/v1/events")["properties"]
    assert list(fields(call("POST", "/events", {**EVENT, "idempotency_key": "k"}))) == ["idempotency_key"]


def test_the_events_of_a_batch_are_described_and_checked(app: Flask, call: Caller) -> None:
    items = schema_of(app, "/api/v1/events/batch")["properties"]["events"]["items"]
    described = document(app)["components"]["schemas"][items["$ref"].rpartition("/")[2]]
    assert described["required"] == ["type", "data"]
    assert "idempotency_key" in described["properties"]
    answer = call("POST", "/events/batch", {"events": [{**EVENT, "idempotency_key": "k"}]})
    assert answer.status_code == 202
    for wrong in (None, {}, [], 1, "x", {"type": "lead.created"}, {"data": {}}):
        refused = fields(call("POST", "/events/batch", {"events": [EVENT, wrong]}))
        assert all(field.startswith("events.1") for field in refused), refused


def test_no_member_has_a_default_that_a_generator_would_require(app: Flask) -> None:
    for name, schema in document(app)["components"]["schemas"].items():
        for member, described in schema.get("properties", {}).items():
            assert "default" not in described, (name, member)


def test_options_names_the_methods_of_the_document(
    app: Flask, who_may: Callable[[str], Caller], space_id: str
) -> None:
    for path, operations in document(app)["paths"].items():
        parts = {part[1:-1]: "x" for part in path.split("/") if part.startswith("{")} | {"space_id": space_id}
        call = who_may(next(iter(operations.values()))["security"][0]["key"][0])
        headers = {"Authorization": f"Bearer {call.key}"}
        answer = call.client.options(path.format(**parts), headers=headers)
        allowed = set(answer.headers["Allow"].split(", ")) - {"HEAD", "OPTIONS"}
        assert (answer.status_code, allowed) == (200, {method.upper() for method in operations}), path
