"""The document and the page made from it. That answers agree with it, every other API test checks."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.api.openapi import calls, document
from app.api.problems import KINDS
from app.core.settings import ROOT
from app.models.instance_key import INSTANCE_SCOPES
from tests.api.conftest import Caller

pytestmark = pytest.mark.databases("sqlite")

CONTRACT = {
    "/api/v1/events": {"get", "post"},
    "/api/v1/events/batch": {"post"},
    "/api/v1/events/{event_id}": {"get"},
    "/api/v1/search": {"get"},
    "/api/v1/deliveries/export": {"get"},
    "/api/v1/webhooks": {"get", "post"},
    "/api/v1/webhooks/test": {"post"},
    "/api/v1/webhooks/{webhook_id}": {"get", "patch", "delete"},
    **{
        f"/api/v1/webhooks/{{webhook_id}}/{action}": {"post"}
        for action in (
            "enable",
            "disable",
            "pause",
            "resume",
            "test",
            "duplicate",
            "rotate-secret",
            "confirmation",
        )
    },
    "/api/v1/webhooks/{webhook_id}/changes": {"get"},
    "/api/v1/webhooks/{webhook_id}/checks": {"get", "post"},
    "/api/v1/webhooks/{webhook_id}/checks/{check_id}": {"get"},
    "/api/v1/webhooks/{webhook_id}/changes/{change_id}/revert": {"post"},
    "/api/v1/incidents": {"get"},
    "/api/v1/incidents/{incident_id}": {"get"},
    "/api/v1/webhook-defaults": {"get", "patch"},
    "/api/v1/deliveries": {"get"},
    "/api/v1/deliveries/{delivery_id}": {"get"},
    "/api/v1/deliveries/{delivery_id}/attempts": {"post"},
    "/api/v1/api-keys": {"get", "post"},
    "/api/v1/api-keys/{api_key_id}": {"get", "delete"},
    "/api/v1/recoveries": {"get", "post"},
    "/api/v1/recoveries/{recovery_id}": {"get", "delete"},
    "/api/v1/audit": {"get"},
    "/api/v1/event-settings": {"get", "patch"},
    "/api/v1/event-types": {"get"},
    "/api/v1/event-types/openapi.json": {"get"},
    "/api/v1/event-types/{key}": {"get", "put", "delete"},
    "/api/v1/spaces": {"get"},
    "/api/v1/spaces/by-external-id/{external_id}": {"put"},
    "/api/v1/spaces/{space_id}": {"delete"},
    "/api/v1/spaces/{space_id}/portal-links": {"delete", "post"},
    "/api/v1/incoming-webhooks": {"get", "post"},
    "/api/v1/incoming-webhooks/{incoming_webhook_id}": {"get", "patch", "delete"},
    "/api/v1/incoming-webhooks/{incoming_webhook_id}/renew": {"post"},
    "/api/v1/oauth-credentials": {"get", "post"},
    "/api/v1/records": {"get"},
    "/api/v1/records/{kind}": {"get", "post"},
    "/api/v1/records/{kind}/{record_id}": {"get", "patch", "delete"},
    "/api/v1/oauth-credentials/{credential_id}": {"get", "patch", "delete"},
    "/api/v1/oauth-credentials/{credential_id}/test": {"post"},
}


def test_the_contract_is_in_the_document(app: Flask, client: FlaskClient) -> None:
    whole = client.get("/api/v1/openapi.json").json
    assert whole is not None
    assert whole["openapi"].startswith("3.1.")
    assert {path: set(operations) for path, operations in whole["paths"].items()} == CONTRACT


def test_every_route_of_the_api_is_documented(app: Flask) -> None:
    documented = {call.name for call in calls(app)}
    routes = {
        rule.endpoint.removeprefix("api.") for rule in app.url_map.iter_rules() if "api." in rule.endpoint
    }
    assert routes - documented == {"docs", "openapi_document", "incoming_document"}


def test_every_reference_leads_somewhere_and_every_schema_is_used(app: Flask) -> None:
    text = json.dumps(document(app))
    used = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert used <= set(document(app)["components"]["schemas"])
    assert "$defs" not in text


def test_operations_have_names_scopes_and_parameters(app: Flask) -> None:
    names = set()
    for path, operations in document(app)["paths"].items():
        for operation in operations.values():
            assert operation["operationId"] not in names
            names.add(operation["operationId"])
            assert operation["security"][0]["key"][0] in INSTANCE_SCOPES
            in_path = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert in_path == set(re.findall(r"{(\w+)}", path))


def test_what_a_body_may_hold_is_closed(app: Flask) -> None:
    """Unknown fields are refused, and the document says so."""
    for operations in document(app)["paths"].values():
        for operation in operations.values():
            if "requestBody" in operation:
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                if "$ref" in schema:
                    schema = document(app)["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
                for one in schema.get("anyOf", [schema]):
                    assert one["additionalProperties"] is False, operation["operationId"]


def test_the_page_shows_every_call_without_anything_from_elsewhere(app: Flask, client: FlaskClient) -> None:
    page = client.get("/api/docs").text
    for call in calls(app):
        assert f"{call.method} {call.path}" in page
    for kind in KINDS:
        assert f'id="problem-{kind}"' in page
    assert not re.search(r'(?:src|<link[^>]* href)="https?:', page)
    assert "<style" not in page
    assert "style=" not in page


def test_the_type_of_a_problem_leads_to_what_it_means(client: FlaskClient, call: Caller) -> None:
    kind = call("GET", "/webhooks/whk_nope").json["type"]
    assert client.get(kind).location == "/api/docs#problem-not-found"
    assert client.get("/problems/nope").status_code == 404


def test_every_kind_of_conflict_is_explained() -> None:
    raised = set()
    for file in (ROOT / "app" / "services").rglob("*.py"):
        raised |= set(re.findall(r'Conflict\(\s*"(\w+)"', file.read_text()))
    assert len(raised) >= 5
    assert {kind.replace("_", "-") for kind in raised} <= set(KINDS)
