"""Where is my event: every reason of not being sent, two clicks from an e-mail address (C6, R39)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from app.core.acting import act_as
from app.core.actor import PERSON, Actor
from app.core.extensions import db
from app.maintenance.search_keys import take_new
from app.models import Delivery, Webhook
from app.models.webhook import PAUSED, STOPPED
from app.services import api_keys, webhooks
from app.services.events.publishing import publish
from tests.web.makers import make_webhook

ADA = "ada.lovelace@example.com"


@pytest.fixture
def as_bob(app, space_id) -> Callable[..., None]:
    """Does something as somebody who is called bob."""

    def do(act: Callable[..., object]) -> None:
        with app.test_request_context():
            act_as(Actor(PERSON, "bob@example.com"))
            act()

    return do


@pytest.fixture
def happens(app, space_id) -> Callable[..., str]:
    """Something happens to Ada; returns the event's id."""

    def do(**changes: object) -> str:
        item = {"type": "lead.created", "data": {"email": ADA, "status": "lost", "amount": 5}, **changes}
        with app.test_request_context():
            event_id = publish(space_id, [item])[0].id
            take_new()
            return event_id

    return do


@pytest.fixture
def row_of(admin) -> Callable[[str], str]:
    """What the event's page says of a webhook: typed the e-mail address, clicked the event."""

    def find(name: str) -> str:
        found = admin.get("/search", q=ADA).text
        assert "1 event found." in found
        page = admin.get(re.search(r'href="(/events/evt_\w+)"', found)[1]).text
        row = page.split(f">{name}</a>")[1].split("</tr>")[0]
        return " ".join(re.sub(r"<[^>]+>", " ", row).split())

    return find


@pytest.mark.databases("sqlite", "postgresql")
def test_every_reason_is_there_by_what_each_webhook_was_then(app, space_id, as_bob, happens, row_of):
    def before() -> None:
        conditions = [
            {"field": "status", "op": "is", "value": "won"},
            {"field": "amount", "op": "greater", "value": 10},
            {"field": "phone", "op": "contains", "value": "48"},
            {"field": "email", "op": "contains", "value": "example"},
        ]
        ids["kind"] = make_webhook(space_id, name="Deals", events=["deal.created"])
        ids["project"] = make_webhook(space_id, name="Project", projects=["p2"])
        ids["condition"] = make_webhook(space_id, name="Condition", conditions=conditions)
        ids["never"] = make_webhook(space_id, name="Never on", state="off")
        ids["off"] = make_webhook(space_id, name="Turned off")
        ids["deleted"] = make_webhook(space_id, name="Deleted")
        webhooks.disable(space_id, ids["off"])
        webhooks.delete(space_id, ids["deleted"])

    def after() -> None:
        make_webhook(space_id, name="Later")
        webhooks.update(space_id, ids["kind"], {"events": ["lead.created"]})
        webhooks.update(space_id, ids["project"], {"projects": []})
        webhooks.update(space_id, ids["condition"], {"conditions": []})
        webhooks.enable(space_id, ids["off"], force=True)
        webhooks.delete(space_id, ids["never"])

    ids: dict[str, str] = {}
    as_bob(before)
    happens(project_id="p1")
    as_bob(after)
    assert row_of("Deals").endswith("It was not set up to send this kind of event.")
    assert row_of("Project").endswith("It sends events of project “p2” only. This one belongs to “p1”.")
    assert row_of("Condition") == (
        "“status” must be “won”. It was “lost”. “amount” must be greater than 10. It was “5”. "
        "“phone” must contain “48”. It was empty."
    )
    assert row_of("Never on").startswith("It was off. Since bob@example.com created it on ")
    assert row_of("Turned off").startswith("It was off. bob@example.com had turned it off on ")
    assert row_of("Deleted").startswith("bob@example.com had deleted it on ")
    assert row_of("Later").startswith("It did not exist yet. It was created on ")


@pytest.mark.databases("sqlite")
def test_what_became_of_it_where_it_went(app, space_id, as_bob, happens, row_of):
    def before() -> None:
        for name in ("Waits", "Arrived", "Failed"):
            ids[name] = make_webhook(space_id, name=name)
        ids["Paused"] = make_webhook(space_id, name="Paused")
        webhooks.pause(space_id, ids["Paused"])
        ids["Stopped"] = make_webhook(space_id, name="Stopped", state=STOPPED)

    ids: dict[str, str] = {}
    as_bob(before)
    happens()
    with app.app_context():
        assert db.session.get_one(Webhook, ids["Paused"]).state == PAUSED
        for name, status in (("Arrived", "succeeded"), ("Failed", "failed")):
            delivery = db.session.query(Delivery).filter_by(webhook_id=ids[name]).one()
            delivery.status, delivery.last_status = status, 200 if name == "Arrived" else 503
        db.session.commit()
    assert row_of("Waits").startswith("Waiting")
    assert row_of("Arrived").startswith("Delivered 200 OK")
    assert row_of("Failed").startswith("Failed 503 Service Unavailable")
    assert row_of("Paused").startswith("Held bob@example.com had paused it on ")
    assert row_of("Stopped").startswith("Held We had turned it off on ")


@pytest.mark.databases("sqlite")
def test_the_api_says_the_same_with_what_was_found(app, space_id, happens):
    with app.test_request_context():
        make_webhook(space_id, name="Won", conditions=[{"field": "status", "op": "is", "value": "won"}])
        _key, plain = api_keys.create_key(space_id, "k", ["deliveries:read"])
    client, headers = app.test_client(), {"Authorization": f"Bearer {plain}"}
    event_id = happens()
    [found] = client.get("/api/v1/events", query_string={"q": ADA}, headers=headers).json["data"]
    shown = client.get(f"/api/v1/events/{found['id']}", headers=headers).json
    assert found["id"] == event_id
    assert [(one["reason"], one["conditions"]) for one in shown["not_sent"]] == [
        ("condition_not_met", [{"field": "status", "op": "is", "value": "won", "found": ["lost"]}])
    ]


@pytest.mark.databases("sqlite")
def test_what_a_stranger_wrote_is_text(admin, app, space_id, happens):
    with app.test_request_context():
        make_webhook(space_id, name="<b>x", conditions=[{"field": "status", "op": "is", "value": "<i>"}])
    event_id = happens(data={"email": ADA, "status": "<script>alert(1)</script>" * 50})
    page = admin.get(f"/events/{event_id}").text
    assert "<script>alert" not in page and "<b>x" not in page and "<i>" not in page
    assert len(re.search(r"It was “([^”]+)", page)[1]) < 500
