"""Types of JSON: every field of every body takes the type that the document names, and no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from app.api.openapi import DocumentedCall, calls, document
from tests.api.agreement import disagreements
from tests.api.conftest import Caller
from tests.api.problems import fields

pytestmark = pytest.mark.databases("sqlite")

# One of each type, and what a lenient reader would take for another.
VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    5,
    0.5,
    "5",
    "true",
    "yes",
    "0",
    "1700000000",
    [],
    {},
    [1],
    {"a": 1},
]
CALLS_OUT = {"test_webhook", "test_oauth_credential", "test_unsaved_webhook"}
EVENT: dict[str, Any] = {"type": "lead.created", "data": {"id": 1}}
WHOLE: dict[str, dict[str, Any]] = {
    "publish_event": EVENT,
    "publish_batch": {"events": [EVENT]},
    "create_webhook": {"name": "A", "url": "https://a.example.com/", "events": ["lead.created"]},
    "create_oauth_credential": {
        "name": "A",
        "token_url": "https://a.example.com/",
        "parameters": {"client_id": "us", "client_secret": "s3cret"},
    },
    "write_event_type": {"sample": {"id": 1}},
}


def members(
    schema: dict[str, Any], components: dict[str, Any]
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every member of a body by its path, those of objects inside it too."""
    if "$ref" in schema:
        schema = components[schema["$ref"].rpartition("/")[2]]
    for name, inner in schema.get("properties", {}).items():
        yield (name,), inner
        if "$ref" in inner:
            for path, deeper in members(inner, components):
                yield (name, *path), deeper


def nested(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    for name in reversed(path):
        value = {name: value}
    return dict(value)


@pytest.fixture
def paths(call: Caller, space_id: str) -> dict[str, str]:
    webhook = call.new_webhook()
    call.publish()
    delivery = call("GET", "/deliveries").json["data"][0]
    incoming = call("POST", "/incoming-webhooks", {"name": "In", "tools": ["crm"]})
    changes = call("GET", f"/webhooks/{webhook['id']}/changes").json["data"]
    return {
        "change_id": changes[0]["id"],
        "space_id": space_id,
        "external_id": "customer-1",
        "webhook_id": webhook["id"],
        "incoming_webhook_id": incoming.json["id"],
        "delivery_id": delivery["id"],
        "key": "invoice.paid",
        "kind": "lead",
        "record_id": str(call("POST", "/records/lead", {"title": "A"}).json["id"]),
        "credential_id": call.new_oauth_credential()["id"],
    }


def test_every_field_refuses_the_types_it_does_not_have(
    app: Flask, who_may: Callable[[str], Caller], paths: dict[str, str]
) -> None:
    components = document(app)["components"]["schemas"]
    tried = 0
    for one in calls(app):
        if one.operation.body is None or one.name in CALLS_OUT:
            continue
        described = document(app)["paths"][one.path][one.method.lower()]["requestBody"]["content"]
        for path, schema in members(described["application/json"]["schema"], components):
            for value in VALUES:
                if _fits(path, value, schema, components):
                    continue
                tried += 1
                _refused(who_may(one.scope), one, paths, path, value)
    assert tried > 400


def _fits(path: tuple[str, ...], value: Any, schema: dict[str, Any], components: dict[str, Any]) -> bool:
    """True if the document allows it: it may be taken, or refused for another reason."""
    return not list(disagreements(value, schema, components)) and (
        "date-time" not in str(schema) or value is None
    )


def _refused(
    call: Caller, one: DocumentedCall, paths: dict[str, str], path: tuple[str, ...], value: Any
) -> None:
    body = {**WHOLE.get(one.name, {}), **nested(path, value)}
    answer = call(one.method, one.path.removeprefix("/api/v1").format(**paths), body)
    assert answer.status_code == 422, (one.method, one.path, path, value, answer.text)
    named = fields(answer)
    assert any(field.split(".")[0] == path[0] for field in named), (one.path, path, value, named)


@pytest.mark.parametrize(
    "moment", ["2026-11-21T09:30:00Z", "2026-11-21t09:30:00.123456789z", "2026-11-21T09:30:00+05:30"]
)
def test_a_moment_in_rfc_3339_is_taken(call: Caller, moment: str) -> None:
    assert call("POST", "/events", {**EVENT, "occurred_at": moment}).status_code == 202


@pytest.mark.parametrize(
    "moment",
    ["1700000000", "2026-11-21", "2026-11-21T09:30Z", "2026-11-21T09:30:00", "20261121T093000Z", "2026-13-01T00:00:00Z",
     "2026-11-21T25:00:00Z", "2026-W47-6T09:30:00Z", "2026-11-21T09:30:00+0530"],
)  # fmt: skip
def test_another_way_of_writing_it_is_not(call: Caller, moment: str) -> None:
    assert list(fields(call("POST", "/events", {**EVENT, "occurred_at": moment}))) == ["occurred_at"]
