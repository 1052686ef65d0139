"""Requests that nobody thought of: no call of the API ever ends in a 5xx or off the document."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import schemathesis
from flask import Flask
from hypothesis import given

from app.api.openapi import document
from app.services import spaces
from tests.api.conftest import Caller
from tests.api.documented import MANY, MOSTLY, Things, cases, check_answer, name_things, operations

pytestmark = pytest.mark.databases("sqlite")

# They would call out.
CALLS_OUT = {
    "test_webhook",
    "test_unsaved_webhook",
    "test_oauth_credential",
    "enable_webhook",
    "resume_webhook",
    "send_confirmation",
}


@pytest.fixture
def things(app: Flask, call: Caller) -> Things:
    """Something for each parameter of a path."""
    numbers = itertools.count()

    def new_space() -> str:
        with app.test_request_context():
            return str(spaces.create_space(f"Elsewhere {next(numbers)}").id)

    def new_change() -> str:
        call("PATCH", f"/webhooks/{made['webhook_id']}", {"name": "Renamed"})
        return str(call("GET", f"/webhooks/{made['webhook_id']}/changes").json["data"][0]["id"])

    def new_incoming() -> str:
        return str(call("POST", "/incoming-webhooks", {"name": "In", "tools": ["crm"]}).json["id"])

    def new_delivery() -> str:
        call.new_webhook()
        call.publish()
        return str(call("GET", "/deliveries").json["data"][0]["id"])

    made = Things(
        {
            "webhook_id": lambda: str(call.new_webhook()["id"]),
            "change_id": new_change,
            "check_id": lambda: str(call("POST", f"/webhooks/{made['webhook_id']}/checks").json["id"]),
            "api_key_id": lambda: str(
                call("POST", "/api-keys", {"name": "A", "scopes": ["events:write"]}).json["id"]
            ),
            "incoming_webhook_id": new_incoming,
            "event_id": lambda: str(call.publish()["id"]),
            "delivery_id": new_delivery,
            "key": lambda: "invoice.paid",
            "kind": lambda: "lead",
            "record_id": lambda: str(call("POST", "/records/lead", {"title": "A"}).json["id"]),
            "credential_id": lambda: str(call.new_oauth_credential()["id"]),
            "space_id": new_space,
            "external_id": lambda: "4711",
        }
    )
    return made


def test_every_answer_is_in_the_document(
    app: Flask, who_may: Callable[[str], Caller], things: Things
) -> None:
    calls = operations(document(app), without=CALLS_OUT)
    assert len(calls) >= 60

    @MANY
    @given(case=cases(calls), known=MOSTLY)
    def try_one(case: schemathesis.Case, known: bool) -> None:
        if known:
            name_things(case, things)
        caller = who_may(case.operation.definition.raw["security"][0]["key"][0])
        case.headers["Authorization"] = f"Bearer {caller.key}"
        case.headers["Accept-Encoding"] = "identity"
        case.headers.pop("Hookdesk-Space", None)
        answer = case.call(app=app, base_url="http://localhost")
        check_answer(case, answer)
        if case.method == "DELETE" and answer.status_code < 300:
            things.forget()

    try_one()
