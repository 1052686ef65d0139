"""Bodies and queries that nobody thought of: no call of the API ever ends in a 5xx or off the document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.api.openapi import calls, document
from tests.api.conftest import Caller

pytestmark = pytest.mark.databases("sqlite")

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
JSON = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=10
)
# They would call out.
CALLS_OUT = {"test_webhook", "test_oauth_credential"}
KNOWN = st.sampled_from(
    ["lead.created", "POST", "basic", "none", "oauth", "https://a.example.com/", "2xx", "send", "5"]
)
MANY = settings(
    max_examples=60,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def _names(app: Flask, schema: dict[str, Any]) -> list[str]:
    """The names that a body may hold."""
    if "$ref" in schema:
        schema = document(app)["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return list(schema.get("properties", {})) or ["x"]


@pytest.fixture
def ids(call: Caller, space_id: str) -> dict[str, str]:
    """Something for each parameter of a path."""
    webhook = call.new_webhook()
    event = call.publish()
    delivery = call("GET", "/deliveries").json["data"][0]
    incoming = call("POST", "/incoming-webhooks", {"name": "In", "tools": ["crm"]})
    call("PATCH", f"/webhooks/{webhook['id']}", {"name": "Renamed"})
    changes = call("GET", f"/webhooks/{webhook['id']}/changes").json["data"]
    return {
        "change_id": changes[0]["id"],
        "webhook_id": webhook["id"],
        "check_id": call("POST", f"/webhooks/{webhook['id']}/checks").json["id"],
        "incident_id": "inc_0",
        "recovery_id": "rcv_0",
        "api_key_id": "key_0",
        "incoming_webhook_id": incoming.json["id"],
        "event_id": event["id"],
        "delivery_id": delivery["id"],
        "key": "invoice.paid",
        "kind": "lead",
        "record_id": str(call("POST", "/records/lead", {"title": "A"}).json["id"]),
        "credential_id": call.new_oauth_credential()["id"],
        "space_id": space_id,
        "external_id": "4711",
    }


def _path(path: str, ids: dict[str, str]) -> str:
    return path.format(**ids).removeprefix("/api/v1")


def test_bodies(app: Flask, who_may: Callable[[str], Caller], ids: dict[str, str]) -> None:
    operations = document(app)["paths"]
    bodies = [
        (
            one,
            operations[one.path][one.method.lower()]["requestBody"]["content"]["application/json"]["schema"],
        )
        for one in calls(app)
        if one.operation.body is not None and one.name not in CALLS_OUT
    ]
    assert len(bodies) >= 8

    @MANY
    @given(st.data())
    def try_one(data: st.DataObject) -> None:
        one, schema = data.draw(st.sampled_from(bodies))
        fields = st.sampled_from(_names(app, schema)) | TEXT
        body = data.draw(
            st.dictionaries(fields, KNOWN | st.lists(KNOWN, max_size=2) | JSON, max_size=6) | JSON
        )
        answer = who_may(one.scope)(one.method, _path(one.path, ids), body)
        assert answer.status_code < 500, (one.path, body)

    try_one()


def test_queries(app: Flask, who_may: Callable[[str], Caller], ids: dict[str, str]) -> None:
    lists = [one for one in calls(app) if one.operation.query is not None]
    assert len(lists) == 18

    @MANY
    @given(st.data())
    def try_one(data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(lists))
        query = one.operation.query
        assert query is not None
        names = st.sampled_from(list(query.model_fields)) | TEXT
        text = KNOWN | TEXT | st.integers().map(str) | st.datetimes().map(lambda at: at.isoformat() + "Z")
        asked = data.draw(st.dictionaries(names, text, max_size=4))
        answer = who_may(one.scope)(one.method, _path(one.path, ids), query_string=asked)
        assert answer.status_code < 500, (one.path, asked)

    try_one()
