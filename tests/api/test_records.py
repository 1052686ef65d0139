"""Records by API (D5): what is refused, changing, lists, keys and scopes."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.api.conftest import Caller, caller_in


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("kind", "body", "errors"),
    [
        ("lead", {}, {"title": "Fill in this field."}),
        ("lead", {"title": "A", "colour": "red"}, {"colour": "There is no field with this name."}),
        ("lead", {"title": "A", "id": 5}, {"id": "Hookdesk fills in this field itself."}),
        ("lead", {"title": 5}, {"title": "Enter text."}),
        ("lead", {"title": "A", "owner": "five"}, {"owner": "Enter a whole number."}),
        ("lead", {"title": "A", "converted": 1}, {"converted": "Choose yes or no."}),
        (
            "lead",
            {"title": "A", "email": "x"},
            {"email": "Enter an e-mail address such as name@example.org."},
        ),
        ("lead", {"title": "A", "contacts": 5}, {"contacts": "Enter a list."}),
        (
            "lead",
            {"title": "A", "contacts": [{"id": 5}]},
            {"contacts": "There is no record “5” of the kind “Contact”."},
        ),
        (
            "deal",
            {"title": "A", "amount_of_the_deal": {"valeu": 5}},
            {"amount_of_the_deal.valeu": "There is no field with this name."},
        ),
        ("contact", {"title": "A", "phone": [{"type": "work"}]}, {"phone.0.value": "Fill in this field."}),
        (
            "contact",
            {"title": "A", "kanban_stage_id": 1},
            {"kanban_stage_id": "There is no field with this name."},
        ),
        (
            "lead",
            {"title": "A", "kanban_stage_id": 9},
            {
                "kanban_stage_id": "Lead has no stage “9”. "
                "It has: 1 (New), 2 (Contacted), 3 (Qualified), 4 (Won), 5 (Lost)."
            },
        ),
        (
            "task",
            {"title": "A", "priority": "huge"},
            {"priority": "Choose one of: low, normal, high, veryHigh."},
        ),
        ("estimate", {"title": "A", "total": "12,5"}, {"total": "Enter an amount as text, such as 142.00."}),
        (
            "job_image",
            {"file_name": "a", "url": "https://a.example", "job_id": "job_9"},
            {"job_id": "There is no record “job_9” of the kind “Job”."},
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_the_name_of_the_field(
    call: Caller, kind: str, body: object, errors: dict[str, str]
) -> None:
    """422, a sentence beside each field, nothing stored and nothing published."""
    refused = call("POST", f"/records/{kind}", body)
    assert refused.status_code == 422, refused.text
    assert {one["field"]: one["message"] for one in refused.json["errors"]} == errors
    assert call("GET", f"/records/{kind}").json["data"] == []
    assert call("GET", "/events").json["data"] == []


@pytest.mark.databases("sqlite")
def test_an_unknown_kind_and_an_unknown_record_are_not_found(call: Caller, other: Caller) -> None:
    """404, also for the record of another space."""
    made = call("POST", "/records/lead", {"title": "A"})
    for method, path in [
        ("GET", "/records/unicorn"),
        ("POST", "/records/unicorn"),
        ("GET", "/records/lead/99"),
        ("PATCH", "/records/lead/99"),
        ("DELETE", "/records/lead/99"),
    ]:
        assert call(method, path, {} if method in ("POST", "PATCH") else None).status_code == 404, path
    assert other("GET", f"/records/lead/{made.json['id']}").status_code == 404
    assert other("PATCH", f"/records/lead/{made.json['id']}", {"title": "B"}).status_code == 404
    assert other("GET", "/records/lead").json["data"] == []


def test_changing_reading_deleting(call: Caller) -> None:
    """PATCH changes what it names, null clears; what changes nothing publishes nothing; deleted is not found."""
    made = call("POST", "/records/lead", {"title": "A", "phone": "+49 30 1"}).json
    changed = call("PATCH", f"/records/lead/{made['id']}", {"phone": None, "title": "B"})
    assert (changed.status_code, changed.json["phone"], changed.json["title"]) == (200, "", "B")
    assert changed.json["changed_by"] == 1
    assert call("PATCH", f"/records/lead/{made['id']}", {"title": "B"}).status_code == 200
    won = call("PATCH", f"/records/lead/{made['id']}", {"kanban_stage_id": 4}).json
    assert (won["kanban_status"], won["closed_by"], won["new_kanban_stage_id"]) == ("WON", 1, None)
    assert call("DELETE", f"/records/lead/{made['id']}").status_code == 204
    assert call("GET", f"/records/lead/{made['id']}").status_code == 404
    types = [one["type"] for one in call("GET", "/events").json["data"]]
    assert types == ["lead.deleted", "lead.stage_changed", "lead.changed", "lead.created"]
    moved = call("GET", "/events?type=lead.stage_changed").json["data"][0]["data"]
    assert (moved["old_kanban_stage_id"], moved["new_kanban_stage_id"]) == (1, 4)


def test_lists_page_filter_sort_and_search(call: Caller) -> None:
    """By key, in the three orders; a cursor that is not ours is refused."""
    for name in ("Berg", "Anton", "Chan", "Öz%"):
        call("POST", "/records/lead", {"title": name, "owner": 7 if name == "Chan" else 8})
    call("PATCH", "/records/lead/2", {"kanban_stage_id": 2})

    def titles(query: str) -> list[str]:
        found: list[str] = []
        cursor = ""
        while cursor is not None:
            answer = call("GET", f"/records/lead?limit=2&{query}{cursor}")
            assert answer.status_code == 200, answer.text
            found += [one["title"] for one in answer.json["data"]]
            cursor = f"&cursor={answer.json['next_cursor']}" if answer.json["next_cursor"] else None
        return found

    assert titles("sort=newest") == ["Öz%", "Chan", "Anton", "Berg"]
    assert titles("sort=name") == ["Anton", "Berg", "Chan", "Öz%"]
    assert titles("sort=changed") == ["Anton", "Öz%", "Chan", "Berg"]
    assert titles("q=öZ") == ["Öz%"]
    assert titles("q=%25") == ["Öz%"]
    assert titles("owner=7") == ["Chan"]
    assert titles("stage=2") == ["Anton"]
    assert call("GET", "/records/lead?cursor=abc").status_code == 422
    assert call("GET", "/records/lead?color=red").status_code == 422


def test_an_idempotency_key_creates_once(call: Caller) -> None:
    """As on other creating calls."""
    headers = {"Idempotency-Key": "one"}
    first = call("POST", "/records/lead", {"title": "A"}, headers)
    again = call("POST", "/records/lead", {"title": "A"}, headers)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    assert call("POST", "/records/lead", {"title": "B"}, headers).status_code == 409
    assert len(call("GET", "/records/lead").json["data"]) == 1


@pytest.mark.databases("sqlite")
def test_numbers_keep_their_digits(call: Caller) -> None:
    """From the body to the record, its event and the next change."""
    body = b'{"title": "A", "amount_of_the_deal": {"currency": "EUR", "value": 48600.10}}'
    made = call("POST", "/records/deal", data=body, content_type="application/json")
    assert b'"value":48600.10' in made.data
    call("PATCH", "/records/deal/1", {"comments": "x"})
    assert b'"value":48600.10' in call("GET", "/records/deal/1").data
    assert b'"value":48600.10' in call("GET", "/events?type=deal.changed").data


@pytest.mark.databases("sqlite")
def test_scopes(app: Flask, space_id: str) -> None:
    """Reading needs records:read, everything else records:write."""
    reader, writer = caller_in(app, space_id, "records:read"), caller_in(app, space_id, "records:write")
    assert reader("GET", "/records/lead").status_code == 200
    assert reader("POST", "/records/lead", {"title": "A"}).status_code == 403
    assert writer("POST", "/records/lead", {"title": "A"}).status_code == 201
    assert writer("GET", "/records/lead/1").status_code == 403
