"""Records at the dashboard (D5): every kind listed, created, edited, moved, deleted and brought back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.catalogue import Tool, load_kinds, load_tools
from app.core.extensions import db
from app.models import Event, Person
from app.services import records
from tests.machine.record_stories import creating, play
from tests.web.conftest import Visitor
from tests.web.forms import form_in

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def new_record(app: Flask, space_id: str) -> Callable[..., str]:
    """Makes a record and what it needs, and returns its id."""

    def make(kind: str, **more: Any) -> str:
        def perform(_method: str, path: str, body: Any) -> Any:
            of = path.strip("/")
            return records.as_shown(records.create(space_id, of, {**body, **(more if of == kind else {})}))

        with app.test_request_context():
            return str(play(creating(kind), perform)["id"])

    return make


@pytest.mark.parametrize("tool", load_tools().values(), ids=lambda tool: tool.key)
def test_every_kind_has_its_pages(admin: Visitor, new_record: Callable[..., str], tool: Tool) -> None:
    """List, form, record, delete, undo, board: the same pages for all kinds."""
    for kind in tool.kinds:
        base, own_id = f"/records/{tool.key}/{kind.key}", new_record(kind.key)
        shown = f'href="{base}/{own_id}"'
        assert f'href="{base}"' in admin.get("/records").text
        for page in ("/new", f"/{own_id}", f"/{own_id}/edit", f"/{own_id}/delete"):
            assert admin.get(base + page).status_code == 200, page
        assert shown in admin.get(base).text
        assert admin.get(f"{base}/board").status_code == (200 if kind.stages else 404)
        assert admin.post(f"{base}/{own_id}/delete").status_code == 303
        assert "This record is deleted." in admin.get(f"{base}/{own_id}").text
        assert admin.get(f"{base}/{own_id}/edit").status_code == 404
        assert shown not in admin.get(base).text
        assert admin.post(f"{base}/{own_id}/restore").status_code == 303
        assert shown in admin.get(base).text


def test_a_form_that_is_saved_as_it_is_changes_nothing(
    app: Flask, admin: Visitor, new_record: Callable[..., str]
) -> None:
    """Of every kind: what a form shows is what it sends back, to the digit; no event, no new version."""
    for kind in load_kinds().values():
        own_id = new_record(kind.key)
        base = f"/records/{kind.tool}/{kind.key}/{own_id}"
        sent = form_in(admin.get(f"{base}/edit").text)
        assert admin.client.post(f"{base}/edit", data=sent).status_code == 303, kind.key
        assert form_in(admin.get(f"{base}/edit").text) == sent, kind.key  # the version is among it


LEAD = "/records/crm/lead"


def types_of(app: Flask) -> list[str]:
    """The types of all events, in their order."""
    with app.test_request_context():
        return [one.type for one in db.session.query(Event).order_by(Event.id)]


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(app: Flask, admin: Visitor) -> None:
    """422, the sentence twice (summary and field), nothing stored."""
    refused = admin.post(f"{LEAD}/new", title="", email="not-an-address", comments="Asks for an offer")
    assert refused.status_code == 422
    assert refused.text.count("Enter an e-mail address such as name@example.org.") == 2
    assert 'href="#f-title"' in refused.text and 'id="f-title"' in refused.text
    assert "Asks for an offer" in refused.text and "not-an-address" in refused.text
    rows = {"title": "Hanna", "phone.type": ["work", ""], "phone.value": ["", ""], "has.phone": "1"}
    refused = admin.client.post("/records/crm/contact/new", data=rows)
    assert refused.status_code == 422 and 'id="f-phone-wrong"' in refused.text
    assert types_of(app) == []


def test_buttons_cause_their_events(app: Flask, admin: Visitor, new_record: Callable[..., str]) -> None:
    """Create, edit, move, complete, sign, delete by page; a stage that there is not is told with those there are."""
    assert admin.post(f"{LEAD}/new", title="Rooftop", kanban_stage_id="1").location == f"{LEAD}/1"
    admin.post(f"{LEAD}/1/edit", title="Another rooftop", version="1")
    admin.post(f"{LEAD}/1/stage", stage="3", back="board")
    admin.post(f"{LEAD}/1/stage", stage="99")
    assert "Lead has no stage “99”. It has: 1 (New)," in admin.get(f"{LEAD}/1").text
    admin.post(f"{LEAD}/1/delete", version="3")
    task = new_record("task")
    admin.post(f"/records/tasks/task/{task}/edit", status="completed")
    document = new_record("signable_document")
    admin.post(f"/records/documents/signable_document/{document}/sign", signer="0")
    admin.post(f"/records/documents/signable_document/{document}/sign", signer="0")
    assert "Hanna Keller signed already." in admin.get("/records").text
    assert types_of(app) == [
        *("lead.created", "lead.changed", "lead.stage_changed", "lead.deleted"),
        *("task.created", "task.completed", "signable_document.signed"),
    ]


def test_who_saves_later_is_told(admin: Visitor, new_record: Callable[..., str]) -> None:
    """409, with what was typed; saving once more is a decision."""
    own_id = new_record("lead")
    admin.post(f"{LEAD}/{own_id}/edit", title="First", version="1")
    late = admin.post(f"{LEAD}/{own_id}/edit", title="Second", version="1")
    assert late.status_code == 409
    assert "Somebody changed this record while you were editing it." in late.text
    sent = form_in(late.text)
    assert (sent["title"], sent["version"]) == ("Second", "2")
    assert admin.client.post(f"{LEAD}/{own_id}/edit", data=sent).status_code == 303
    assert "Second" in admin.get(f"{LEAD}/{own_id}").text


def test_what_anybody_wrote_is_text(admin: Visitor, new_record: Callable[..., str]) -> None:
    """Titles, comments and HTML of other systems are shown as text, never as HTML."""
    evil = "<img src=x onerror=alert(1)>"
    lead = new_record("lead", title=evil, company_name=evil, comments=evil)
    new_record("comment", entity_type="lead", entity_id=lead, message=f"{evil} hello")
    for page in (LEAD, f"{LEAD}/board", f"{LEAD}/{lead}", f"{LEAD}/{lead}/edit", f"{LEAD}/{lead}/delete"):
        assert "<img" not in admin.get(page).text, page
    assert "hello" in admin.get(f"{LEAD}/{lead}").text


def test_people_are_chosen_by_name_and_written_by_number(
    app: Flask, space_id: str, admin: Visitor, new_record: Callable[..., str]
) -> None:
    """S0's numbers, S4's cards: whoever has no number yet gets one when they are chosen first."""
    with app.test_request_context():
        person = db.session.query(Person).one()
        person_id, email = person.id, person.email
    admin.post(f"{LEAD}/new", title="A", owner=person_id)
    admin.post("/records/jobs/job/new", name="Roof", assigned_to=person_id)
    admin.post(
        "/records/posts/comment/new", entity_type="lead", entity_id="1", message="@Ada", mentioned=person_id
    )
    with app.test_request_context():
        lead = records.as_shown(records.get(space_id, "lead", 1))
        job = records.as_shown(records.get(space_id, "job", "job_1"))
        comment = records.as_shown(records.get(space_id, "comment", 1))
    number = lead["owner"]
    assert isinstance(number, int)
    assert job["assigned_to"] == {"id": f"usr_{number}", "name": email, "email": email}
    assert comment["mentioned"]["users"] == comment["notify"]["users"] == [number]
    assert email in admin.get(f"{LEAD}?owner={number}").text
