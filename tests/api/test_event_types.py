"""Event types by the API: the shipped catalogue and the space's own (A3)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.catalogue import load_catalogue
from app.services.event_types import catalogue_of
from tests.api.conftest import Caller
from tests.api.problems import fields, problem


def test_the_shipped_ones_are_there(call: Caller) -> None:
    listed = call("GET", "/event-types?limit=200").json["data"]
    assert [one["key"] for one in listed] == load_catalogue().keys()
    shown = call("GET", "/event-types/lead.created").json
    assert (shown["title"], shown["own"]) == ("Lead created", False)
    assert shown["sample"]


def test_an_own_one_can_be_added_used_replaced_and_deleted(call: Caller) -> None:
    made = call("PUT", "/event-types/invoice.paid", {"sample": {"id": 1}, "title": "Invoice was paid"})
    assert made.status_code == 200
    assert (made.json["title"], made.json["own"], made.json["record_id_path"]) == (
        "Invoice was paid",
        True,
        "id",
    )
    assert call("GET", "/event-types/invoice.paid").json == made.json
    assert "invoice.paid" in [one["key"] for one in call("GET", "/event-types?limit=200").json["data"]]
    assert call("POST", "/events", {"type": "invoice.paid", "data": {}}).status_code == 202
    webhook = call.new_webhook(events=["invoice.paid"])
    assert call.publish("invoice.paid")["deliveries"] == 1
    replaced = call("PUT", "/event-types/invoice.paid", {"sample": {"number": 1}})
    assert (replaced.json["title"], replaced.json["sample"]) == ("Invoice paid", {"number": 1})
    assert call("GET", "/event-types/invoice.paid").json["sample"] == {"number": 1}
    problem(call("DELETE", "/event-types/invoice.paid"), 409, "event-type-in-use")
    call("DELETE", f"/webhooks/{webhook['id']}")
    assert call("DELETE", "/event-types/invoice.paid").status_code == 204
    problem(call("GET", "/event-types/invoice.paid"), 404, "not-found")
    assert set(fields(call("POST", "/events", {"type": "invoice.paid", "data": {}}))) == {"type"}


def test_it_belongs_to_one_space(call: Caller, other: Caller) -> None:
    call("PUT", "/event-types/invoice.paid", {"sample": {}})
    problem(other("GET", "/event-types/invoice.paid"), 404, "not-found")
    assert set(fields(other("POST", "/events", {"type": "invoice.paid", "data": {}}))) == {"type"}


def test_a_shipped_one_stays(call: Caller) -> None:
    assert set(fields(call("PUT", "/event-types/lead.created", {"sample": {}}))) == {"key"}
    problem(call("DELETE", "/event-types/lead.created"), 404, "not-found")


@pytest.mark.parametrize(
    ("key", "definition", "wrong"),
    [
        ("invoice.paid", {}, "sample"),
        ("invoice.paid", {"sample": []}, "sample"),
        ("invoice.paid", {"sample": {"a": "x" * 70_000}}, "sample"),
        ("invoice.paid", {"sample": {}, "colour": "red"}, "colour"),
        ("invoice.paid", {"sample": {}, "key": "invoice.sent"}, "key"),
        ("invoice.paid", {"sample": {}, "title": "a\nb"}, "title"),
        ("invoice.paid", {"sample": {}, "record_id_path": "number"}, "record_id_path"),
        (
            "invoice.paid",
            {"sample": {"id": "x"}, "json_schema": {"type": "object", "required": ["n"]}},
            "sample",
        ),
        ("Invoice", {"sample": {}}, "key"),
        ("invoice paid", {"sample": {}}, "key"),
        ("x" * 99 + ".y", {"sample": {}}, "key"),
    ],
)
@pytest.mark.databases("sqlite")
def test_definitions_that_cannot_be_used(
    call: Caller, key: str, definition: dict[str, Any], wrong: str
) -> None:
    assert wrong in {
        field.partition(".")[0] for field in fields(call("PUT", f"/event-types/{key}", definition))
    }


def test_one_that_would_clash_is_refused_and_publishing_goes_on(call: Caller) -> None:
    """What the Action API calls an event must stay unique, or no catalogue could be made any more."""
    taken = next(one.action_api_name for one in _shipped() if one.action_api_name)
    answer = call("PUT", "/event-types/invoice.paid", {"sample": {}, "action_api_name": taken})
    assert set(fields(answer)) == {"action_api_name"}
    assert call.publish()["deliveries"] == 0


def test_the_catalogue_is_kept_in_memory_until_it_changes(app: Flask, call: Caller, space_id: str) -> None:
    call("PUT", "/event-types/invoice.paid", {"sample": {}})
    with app.app_context():
        first = catalogue_of(space_id)
        assert catalogue_of(space_id) is first
    call("PUT", "/event-types/invoice.paid", {"sample": {"n": 1}})
    with app.app_context():
        assert catalogue_of(space_id) is not first


def _shipped() -> list[Any]:
    catalogue = load_catalogue()
    return [catalogue.require(key) for key in catalogue.keys()]  # noqa: SIM118 (no mapping)


def test_the_document_of_the_events_has_the_own_ones_too(call: Caller) -> None:
    call("PUT", "/event-types/invoice.paid", {"sample": {"id": 7, "total": "9.50"}})
    document = call("GET", "/event-types/openapi.json")
    assert document.status_code == 200
    assert document.json["openapi"] == "3.1.0"
    message = document.json["webhooks"]["invoice.paid"]["post"]["requestBody"]["content"]["application/json"]
    assert message["examples"]["sample"]["value"]["data"] == {"id": 7, "total": "9.50"}


def test_what_happens_to_webhooks_is_published_by_nobody_else(call: Caller) -> None:
    sample = {"type": "hookdesk.webhook.stopped", "data": {"id": "whk_1"}}
    refused = call("POST", "/events", sample)
    assert refused.status_code == 422
    assert "published by Hookdesk alone" in refused.json["errors"][0]["message"]
    assert call("POST", "/events/batch", {"events": [sample]}).status_code == 422
    assert call("PUT", "/event-types/hookdesk.mine", {"sample": {"id": 1}}).status_code == 422
    webhook = call(
        "POST", "/webhooks", {"name": "A", "url": "https://a.example/", "events": [sample["type"]]}
    )
    assert webhook.status_code == 201
