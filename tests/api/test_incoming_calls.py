"""Calls of incoming webhooks: the tools, S0's shapes, and what bad calls get (D2 to D4)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from app.core.extensions import db
from app.models import Event, IncomingWebhook, Record
from app.services import incoming, spaces
from app.services.incoming import calls
from tests.api.incoming import DENIED, OtherSystem, other_system, remove_person
from tests.api.problems import fields, problem

ONE = pytest.mark.databases("sqlite")
LEADS, TASKS = "/crm/v1/entities/lead", "/tasks/v1/tasks"


@pytest.fixture
def system(app: Flask, space_id: str) -> OtherSystem:
    """Another system that may use CRM, Tasks and Events, in an admin's name."""
    return other_system(app, space_id, "crm", "tasks", "events")


def test_a_lead_is_created_read_listed_changed_moved_and_deleted(system: OtherSystem) -> None:
    made = system("POST", LEADS, {"title": "Lead", "comments": "qwerty"})
    assert made.status_code == 201, made.text
    assert made.json["title"] == "Lead"
    lead = f"{LEADS}/{made.json['id']}"
    assert system("GET", lead).json == made.json
    assert [one["id"] for one in system("GET", LEADS).json["data"]] == [made.json["id"]]
    assert system("PATCH", lead, {"comments": "asdf"}).json["comments"] == "asdf"
    assert system("POST", f"{lead}/stage", {"stage": 2}).json["kanban_stage_id"] == 2
    assert system("PATCH", lead, {"kanban_stage_id": 3, "title": "Won"}).json["kanban_stage_id"] == 3
    assert system("DELETE", lead).status_code == 204
    assert system("GET", lead).status_code == 404
    with system.client.application.app_context():
        types = [row.type for row in db.session.query(Event).order_by(Event.id)]
    assert types[0] == "lead.created"
    assert types.count("lead.stage_changed") == 2
    assert types[-1] == "lead.deleted"


def test_every_call_is_in_the_log_and_last_used_is_kept(system: OtherSystem) -> None:
    system("GET", LEADS)
    system("POST", LEADS, {"colour": "red"})
    refused, read = system.calls
    assert (read.method, read.path, read.status, read.from_address) == ("GET", LEADS, 200, "198.51.100.7")
    assert read.reason is None
    assert (refused.status, refused.reason) == (422, "validation")
    assert "colour" in refused.detail
    with system.client.application.app_context():
        assert db.session.get(IncomingWebhook, system.webhook_id).last_used_at is not None


@ONE
@pytest.mark.parametrize(
    ("method", "path", "body", "status", "reason"),
    [
        ("GET", "/crm/v1/entities/spaceship", None, 404, "not_found"),
        ("GET", "/crm/v2/entities/lead", None, 404, "not_found"),
        ("GET", "", None, 404, "not_found"),
        ("GET", f"{LEADS}/999", None, 404, "not_found"),
        ("PUT", f"{LEADS}/1", {}, 405, "method_not_allowed"),
        ("DELETE", LEADS, None, 405, "method_not_allowed"),
        ("GET", "/events/v1/lead.created", None, 405, "method_not_allowed"),
        ("GET", "/jobs/v1/jobs", None, 403, "tool"),
        ("POST", "/events/v1/no.such_thing", {}, 404, "not_found"),
        ("GET", f"{LEADS}?colour=red", None, 422, "validation"),
        ("GET", f"{LEADS}?limit=0", None, 422, "validation"),
        ("GET", f"{LEADS}?cursor=%00", None, 422, "validation"),
        ("POST", LEADS, [], 422, "validation"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused_and_logged(
    system: OtherSystem, method: str, path: str, body: Any, status: int, reason: str
) -> None:
    answer = system(method, path, body)
    assert answer.status_code == status, answer.text
    assert [(one.status, one.reason) for one in system.calls] == [(status, reason)]
    if status == 403:
        assert answer.json == DENIED
    else:
        problem(answer, status, reason.replace("_", "-"))
    if status == 405:
        assert answer.headers["Allow"]


@ONE
def test_an_unknown_field_is_named_and_a_wrong_type_says_which(system: OtherSystem) -> None:
    answer = system("POST", LEADS, {"title": 7, "colour": "red"})
    assert {"title", "colour"} <= set(fields(answer))
    with system.client.application.app_context():
        assert db.session.query(Record).count() == 0


@ONE
def test_a_stage_that_a_kind_has_not_is_answered_with_those_it_has(system: OtherSystem) -> None:
    lead = system("POST", LEADS, {"title": "Lead"}).json["id"]
    said = fields(system("POST", f"{LEADS}/{lead}/stage", {"stage": 99}))
    assert re.search(r"99.*\b1\b.*\b2\b", next(iter(said.values())))


@ONE
def test_what_is_no_json_or_too_large_is_refused(system: OtherSystem) -> None:
    json_header = {"content_type": "application/json"}
    problem(system("POST", LEADS, data=b"{", **json_header), 400, "broken-json")
    problem(system("POST", LEADS, data=b"{}", content_type="text/plain"), 415, "not-json")
    problem(system("POST", LEADS, data=b" " * (1024 * 1024 + 1), **json_header), 413, "too-large")
    assert [one.status for one in system.calls] == [413, 415, 400]


@ONE
def test_an_unknown_address_and_an_ended_one_get_the_same_answer(system: OtherSystem, app: Flask) -> None:
    old = system.path
    with app.test_request_context():
        incoming.renew(system.space_id, system.webhook_id, 0)
    client = app.test_client()
    answers = [
        client.get(f"{address}{LEADS}")
        for address in (old, "/in/short", f"/in/{'x' * 32}", "/in/%F0%9F%98%80", "/in/a%00b")
    ]
    assert {(a.status_code, a.data) for a in answers} == {(404, answers[0].data)}
    assert [one.reason for one in system.calls] == ["address_ended"]


@ONE
def test_nothing_comes_into_an_archived_space(system: OtherSystem, app: Flask) -> None:
    with app.test_request_context():
        spaces.archive(system.space_id)
    assert system("POST", LEADS, {"title": "Lead"}).status_code == 403
    assert [one.reason for one in system.calls] == ["space_archived"]
    with app.test_request_context():
        assert db.session.query(Record).count() == 0
        spaces.restore(system.space_id)
    assert system("POST", LEADS, {"title": "Lead"}).status_code == 201


def test_a_renewed_address_overlaps_with_the_one_before(system: OtherSystem, app: Flask) -> None:
    with app.test_request_context():
        new = incoming.address_of(incoming.renew(system.space_id, system.webhook_id, 60))
    assert system("GET", LEADS).status_code == 200
    with app.test_request_context():
        incoming.end_old_addresses(system.space_id, system.webhook_id)
    assert system("GET", LEADS).status_code == 404
    system.path = new.removeprefix("http://localhost")
    assert system("GET", LEADS).status_code == 200


@ONE
def test_a_deleted_one_is_unknown(system: OtherSystem, app: Flask) -> None:
    with app.test_request_context():
        incoming.delete(system.space_id, system.webhook_id)
    problem(system("GET", LEADS), 404, "not-found")


@ONE
@pytest.mark.parametrize(
    ("limits", "method", "reason"),
    [
        ({"active": False}, "GET", "turned_off"),
        ({"networks": ["203.0.113.0/24", "2001:db8::/32"]}, "GET", "network"),
        ({"read_only": True}, "POST", "read_only"),
        ({"methods": ["GET"]}, "POST", "method"),
    ],
)
def test_its_own_limits_hold(
    app: Flask, space_id: str, limits: dict[str, Any], method: str, reason: str
) -> None:
    system = other_system(app, space_id, "crm", **limits)
    answer = system(method, LEADS, {} if method == "POST" else None)
    assert (answer.status_code, answer.json) == (403, DENIED)
    assert system.calls[0].reason == reason


@ONE
def test_a_network_that_may_call_may_call(app: Flask, space_id: str) -> None:
    system = other_system(app, space_id, "crm", networks=["198.51.100.0/24"])
    assert system("GET", LEADS).status_code == 200
    system.from_address = "::ffff:198.51.100.9"
    assert system("GET", LEADS).status_code == 200


@ONE
def test_who_calls_too_often_is_told_when_to_come_again(
    app: Flask, space_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "_just_refused", calls.ExpiringCache(seconds=1.0))
    system = other_system(app, space_id, "crm", rate_per_minute=2)
    assert [system("GET", LEADS).status_code for _n in range(2)] == [200, 200]
    refused = [system("GET", LEADS) for _n in range(5)]
    problem(refused[0], 429, "too-many-requests")
    assert 1 <= int(refused[0].headers["Retry-After"]) <= 60
    # A flood is told of once a second, not at every call.
    assert [one.reason for one in system.calls].count("too_fast") == 1


@ONE
def test_it_ends_with_the_person_who_made_it(system: OtherSystem) -> None:
    remove_person(system)
    answer = system("GET", LEADS)
    assert (answer.status_code, answer.json) == (403, DENIED)
    assert system.calls[0].reason == "maker_gone"


@ONE
def test_a_read_changes_nothing(system: OtherSystem) -> None:
    lead = system("POST", LEADS, {"title": "Lead"}).json["id"]
    before = _rows(system)
    for path in (LEADS, f"{LEADS}/{lead}", f"{LEADS}/{lead}/stage", "/events/v1/lead.created"):
        system("GET", path)
    assert _rows(system) == before


def _rows(system: OtherSystem) -> list[Any]:
    with system.client.application.app_context():
        return [
            *[(r.id, r.version, r.data) for r in db.session.query(Record)],
            *[event.id for event in db.session.query(Event)],
        ]


@ONE
def test_answers_are_not_kept_and_the_address_goes_to_nobody(system: OtherSystem) -> None:
    answer = system("GET", LEADS)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] in ("no-referrer", "same-origin")


@ONE
@pytest.mark.parametrize("kind", ["lead", "deal", "contact", "company"])
def test_all_entities_of_the_crm_are_there(system: OtherSystem, kind: str) -> None:
    assert system("GET", f"/crm/v1/entities/{kind}").json == {"data": [], "next_cursor": None}
