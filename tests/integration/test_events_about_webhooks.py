"""Events about webhooks themselves (F8): published where they are wanted, delivered like any, and never in a circle."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from app.catalogue import load_catalogue
from app.catalogue.schema import disagreements
from app.core.errors import Invalid
from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.maintenance.own_events import publish_own_events
from app.maintenance.people import look_for_notices
from app.maintenance.step import Turn
from app.models import Event, ReadingPlace
from app.services import event_types, webhooks
from app.services.alerts import happenings
from app.services.events import failed_deliveries, publishing
from app.services.events.about_webhooks import DELIVERY_FAILED
from tests.machine.receiver import Answer

KEYS = [one.key for one in load_catalogue().groups[-1].event_types]
ALL = list(KEYS)


@pytest.fixture(autouse=True)
def read_at_once(monkeypatch):
    """Not ten seconds behind the tries."""
    monkeypatch.setattr(failed_deliveries, "BEHIND", timedelta(seconds=-1))


def read() -> None:
    db.session.rollback()  # a step begins with what is stored now
    publish_own_events(Turn(lambda: False))


def published(event_type: str | None = None) -> list[dict]:
    db.session.rollback()
    found = db.session.query(Event).filter(Event.type.like("hookdesk.%")).order_by(Event.id).all()
    for event in found:
        schema = load_catalogue().require(event.type).json_schema
        assert list(disagreements(schema, json.loads(event.data))) == []
    return [json.loads(event.data) for event in found if event_type in (None, event.type)]


def failing(new_webhook, receiver, path: str = "/broken", **changes):
    receiver.always(Answer(503), path)
    return new_webhook(url=receiver.at(path), retry={"schedule": []}, **changes)


def test_the_group_is_in_the_catalogue():
    assert sorted(KEYS) == [
        "hookdesk.delivery.failed",
        "hookdesk.incident.closed",
        "hookdesk.incident.opened",
        "hookdesk.recovery.finished",
        "hookdesk.webhook.stopped",
    ]


def test_a_delivery_that_failed_for_good(new_webhook, receiver, publish, runtime):
    broken = failing(new_webhook, receiver)
    new_webhook(url=receiver.at("/watch"), events=[DELIVERY_FAILED])
    read()
    publish(object_id="4711")
    runtime.sweep()
    read()
    read()
    (data,) = published(DELIVERY_FAILED)
    assert data["webhook"] == {"id": broken.id, "name": "CRM sync"}
    assert (data["event_type"], data["object_id"], data["status"]) == ("lead.created", "4711", 503)
    assert "down or overloaded" in data["explanation"]
    runtime.sweep()
    told = [one.json() for one in receiver.requests if one.path == "/watch"]
    assert [(one["type"], one["data"]["id"]) for one in told] == [(DELIVERY_FAILED, data["id"])]


def test_one_that_is_still_tried_is_no_news(new_webhook, receiver, publish, runtime):
    receiver.always(Answer(503), "/broken")
    new_webhook(url=receiver.at("/broken"), retry={"schedule": [60]})
    new_webhook(url=receiver.at("/watch"), events=[DELIVERY_FAILED])
    read()
    publish()
    runtime.sweep()
    read()
    assert published() == []


def test_nothing_is_read_while_nobody_wants_to_know(new_webhook, receiver, publish, runtime):
    failing(new_webhook, receiver)
    read()
    publish()
    runtime.sweep()
    read()
    assert published() == []
    assert db.session.query(ReadingPlace).count() == 0
    watching = new_webhook(url=receiver.at("/watch"), events=[DELIVERY_FAILED])
    read()
    assert published() == []  # what failed before is not told afterwards
    webhooks.delete(watching.space_id, watching.id)
    read()
    db.session.rollback()
    assert db.session.query(ReadingPlace).count() == 0


def test_a_failed_delivery_of_this_very_group_is_never_told(new_webhook, receiver, publish, runtime):
    """A webhook that wants to know what failed, and fails itself: one event, not one after another for ever."""
    failing(new_webhook, receiver)
    failing(new_webhook, receiver, "/watch", events=ALL)
    read()
    publish()
    for _round in range(4):
        runtime.sweep()
        read()
        look_for_notices(Turn(lambda: False))
    assert len(published(DELIVERY_FAILED)) == 1
    assert len([one for one in receiver.requests if one.path == "/watch"]) == 1


def test_a_webhook_that_sends_this_group_has_no_events_about_its_incidents(new_webhook):
    watching, other = new_webhook(events=[*ALL, "lead.created"]), new_webhook()
    for webhook in (watching, other):
        with transaction() as session:
            webhook = session.merge(webhook)
            happenings.incident_opened(
                session,
                webhook,
                incident_id=f"inc_{webhook.id}",
                reason="refused",
                opened_at=utc_now(),
                failed=1,
            )
    assert [data["webhook"]["id"] for data in published()] == [other.id]


def test_turned_off_by_us(new_webhook, receiver, publish, runtime):
    broken = failing(new_webhook, receiver, failure_limit=1, failure_window_s=0)
    new_webhook(url=receiver.at("/watch"), events=["hookdesk.webhook.stopped"])
    publish()
    runtime.sweep()
    for _time in range(2):
        look_for_notices(Turn(lambda: False))
    (data,) = published()
    assert (data["id"], data["reason"], data["last_reason"]) == (broken.id, "failures", "http_503")
    runtime.sweep()
    assert [one.json()["type"] for one in receiver.requests if one.path == "/watch"] == [
        "hookdesk.webhook.stopped"
    ]


def test_incidents_and_recoveries(new_webhook, runtime, receiver):
    new_webhook(url=receiver.at("/watch"), events=ALL)
    failing_one, now = new_webhook(name="Shop"), utc_now()
    incident = {"incident_id": "inc_1", "reason": "http_401", "opened_at": now}
    with transaction() as session:
        webhook = session.merge(failing_one)
        happenings.incident_opened(session, webhook, failed=3, **incident)
        happenings.incident_closed(session, webhook, closed_at=now, failed=9, **incident)
        counts = {"total": 11, "done": 10, "succeeded": 7, "failed": 3, "skipped": 1}
        happenings.recovery_finished(
            session, webhook, recovery_id="rec_1", state="finished", finished_at=now, **counts
        )
    opened, closed, finished = published()
    assert (opened["closed_at"], opened["failed"], closed["failed"]) == (None, 3, 9)
    assert closed["closed_at"] is not None
    assert {name: finished[name] for name in counts} == counts
    runtime.sweep()
    assert len(receiver.requests) == 3


def test_what_is_rolled_back_was_never_published(new_webhook):
    new_webhook(events=ALL)
    other = new_webhook()
    with pytest.raises(RuntimeError, match="halfway"), transaction() as session:  # noqa: PT012 (all of it is undone)
        webhook = session.merge(other)
        happenings.incident_opened(
            session, webhook, incident_id="inc_1", reason="refused", opened_at=utc_now(), failed=1
        )
        raise RuntimeError("halfway")
    assert published() == []


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("key", KEYS)
def test_nobody_else_may_publish_them(space_id, key):
    sample = load_catalogue().require(key).sample
    with pytest.raises(Invalid) as refused:
        publishing.publish(space_id, [{"type": key, "data": sample}])
    assert [(e.field, "published by Hookdesk alone" in e.message) for e in refused.value.errors] == [
        ("type", True)
    ]
    with pytest.raises(Invalid):
        event_types.put_event_type(space_id, "hookdesk.own.thing", {"sample": {"id": 1}})
