"""POST /events and /events/batch: accepted means stored, once per idempotency key, all or none."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask

from app.core.extensions import db
from app.models import Delivery, Event
from tests.api.conftest import Caller
from tests.api.problems import fields, problem


@pytest.fixture
def stored(app: Flask) -> Callable[[], list[Event]]:
    """The events in the database, oldest first."""

    def read() -> list[Event]:
        with app.app_context():
            return db.session.query(Event).order_by(Event.id).all()

    return read


def test_202_means_that_it_is_stored(call: Caller, stored: Callable[[], list[Event]]) -> None:
    answer = call("POST", "/events", {"type": "lead.created", "data": {"id": 1}, "object_id": 4711})
    assert answer.status_code == 202
    assert set(answer.json) == {"id", "type", "created_at", "deliveries"}
    assert answer.json["deliveries"] == 0
    assert answer.location == f"/api/v1/events/{answer.json['id']}"
    assert "Idempotency-Replayed" not in answer.headers
    event = stored()[0]
    assert (event.id, event.type, event.object_id) == (answer.json["id"], "lead.created", "4711")
    assert answer.json["created_at"] == event.created_at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def test_it_says_how_many_webhooks_get_it(app: Flask, call: Caller) -> None:
    call.new_webhook()
    call.new_webhook(projects=["7"])
    call.new_webhook(events=["deal.created"])
    call.new_webhook(on=False)
    assert call.publish()["deliveries"] == 1
    assert call.publish(project_id=7)["deliveries"] == 2
    with app.app_context():
        assert db.session.query(Delivery).count() == 3


def test_the_same_key_and_body_again_is_one_event(call: Caller, stored: Callable[[], list[Event]]) -> None:
    body, headers = {"type": "lead.created", "data": {"id": 1}}, {"Idempotency-Key": "order 4711"}
    first = call("POST", "/events", body, headers)
    again = call("POST", "/events", body, headers)
    assert (again.status_code, again.json) == (202, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(stored()) == 1


def test_the_same_key_for_another_event_is_refused(call: Caller, stored: Callable[[], list[Event]]) -> None:
    headers = {"Idempotency-Key": "k"}
    call("POST", "/events", {"type": "lead.created", "data": {"id": 1}}, headers)
    for other in ({"type": "lead.created", "data": {"id": 2}}, {"type": "deal.created", "data": {"id": 1}}):
        problem(call("POST", "/events", other, headers), 409, "idempotency-key-reused")
    assert len(stored()) == 1


def test_another_space_has_keys_of_its_own(call: Caller, other: Caller) -> None:
    for caller in (call, other):
        answer = caller("POST", "/events", {"type": "lead.created", "data": {}}, {"Idempotency-Key": "k"})
        assert "Idempotency-Replayed" not in answer.headers


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_that_cannot_be_used(call: Caller, key: str) -> None:
    answer = call("POST", "/events", {"type": "lead.created", "data": {}}, {"Idempotency-Key": key})
    assert set(fields(answer)) == {"idempotency_key"}


def test_the_key_of_one_event_stands_in_the_header(call: Caller) -> None:
    answer = call("POST", "/events", {"type": "lead.created", "data": {}, "idempotency_key": "k"})
    assert fields(answer) == {"idempotency_key": "Send the key in the header Idempotency-Key."}


def test_times_are_kept_with_their_moment(call: Caller) -> None:
    event_id = call.publish(occurred_at="2026-11-21T10:30:00.123456+01:00")["id"]
    assert call("GET", f"/events/{event_id}").json["occurred_at"] == "2026-11-21T09:30:00.123Z"


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"type": None}, {"type"}),
        ({"type": ""}, {"type"}),
        ({"type": "lead.creatd"}, {"type"}),
        ({"type": "x" * 101}, {"type"}),
        ({"type": 7}, {"type"}),
        ({"data": None}, {"data"}),
        ({"data": []}, {"data"}),
        ({"data": "text"}, {"data"}),
        ({"object_id": ""}, {"object_id"}),
        ({"object_id": "x" * 201}, {"object_id"}),
        ({"object_id": True}, {"object_id"}),
        ({"object_id": "a\0b"}, {"object_id"}),
        ({"actor_id": "a\nb"}, {"actor_id"}),
        ({"project_id": {}}, {"project_id"}),
        ({"occurred_at": "yesterday"}, {"occurred_at"}),
        ({"occurred_at": "2026-11-21T09:30:00"}, {"occurred_at"}),
        ({"id": "evt_1", "created_at": "2026-11-21T09:30:00Z"}, {"id", "created_at"}),
        ({"type": "", "data": 1, "more": 1}, {"type", "data", "more"}),
    ],
)
@pytest.mark.databases("sqlite")
def test_every_wrong_field_gets_its_sentence(
    call: Caller, stored: Callable[[], list[Event]], change: dict[str, object], wrong: set[str]
) -> None:
    answer = call("POST", "/events", {"type": "lead.created", "data": {}, **change})
    said = fields(answer)
    assert set(said) == wrong
    assert all(message.endswith((".", "?")) for message in said.values()), said
    assert stored() == []


def test_an_unknown_event_comes_with_the_nearest_names(call: Caller) -> None:
    assert (
        "Did you mean: lead.created"
        in fields(call("POST", "/events", {"type": "lead.creatd", "data": {}}))["type"]
    )


def test_a_batch_is_stored_in_its_order(call: Caller, stored: Callable[[], list[Event]]) -> None:
    call.new_webhook()
    items = [{"type": "lead.created", "data": {"n": n}} for n in range(1000)]
    answer = call("POST", "/events/batch", {"events": items})
    assert answer.status_code == 202
    assert set(answer.json) == {"accepted", "ids"}
    assert answer.json["accepted"] == 1000
    numbers = {event.id: json.loads(event.data)["n"] for event in stored()}
    assert [numbers[event_id] for event_id in answer.json["ids"]] == list(range(1000))


def test_one_wrong_event_and_none_is_stored(call: Caller, stored: Callable[[], list[Event]]) -> None:
    items: list[object] = [{"type": "lead.created", "data": {}} for _n in range(5)]
    items[1] = {"type": "lead.creatd", "data": {}}
    items[3] = "no event"
    items[4] = {"type": "lead.created", "data": {}, "more": 1}
    answer = call("POST", "/events/batch", {"events": items})
    assert set(fields(answer)) == {"events.1.type", "events.3.", "events.4.more"}
    assert stored() == []


@pytest.mark.parametrize("events", [[], [{"type": "lead.created", "data": {}}] * 1001, None, {}])
def test_a_batch_holds_1_to_1000(call: Caller, events: object) -> None:
    assert set(fields(call("POST", "/events/batch", {"events": events}))) == {"events"}


def test_a_batch_repeats_by_the_keys_of_its_events(call: Caller, stored: Callable[[], list[Event]]) -> None:
    def item(n: int) -> dict[str, object]:
        return {"type": "lead.created", "data": {"n": n}, "idempotency_key": f"k{n}"}

    first = call("POST", "/events/batch", {"events": [item(1), item(2)]}).json["ids"]
    answer = call("POST", "/events/batch", {"events": [item(2), item(3)]})
    assert answer.json["ids"][0] == first[1]
    assert "Idempotency-Replayed" not in answer.headers
    again = call("POST", "/events/batch", {"events": [item(2), item(3)]})
    assert (again.json, again.headers["Idempotency-Replayed"]) == (answer.json, "true")
    assert len(stored()) == 3
    twice = call("POST", "/events/batch", {"events": [item(4), item(4)]})
    assert set(fields(twice)) == {"events.1.idempotency_key"}
    changed = {**item(1), "data": {"n": 9}}
    problem(call("POST", "/events/batch", {"events": [item(5), changed]}), 409, "idempotency-key-reused")
    assert len(stored()) == 3


def test_a_batch_may_carry_one_key_for_all(call: Caller, stored: Callable[[], list[Event]]) -> None:
    body = {"events": [{"type": "lead.created", "data": {"n": n}} for n in range(3)]}
    first = call("POST", "/events/batch", body, {"Idempotency-Key": "import 7"})
    again = call("POST", "/events/batch", body, {"Idempotency-Key": "import 7"})
    assert again.json == first.json
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(stored()) == 3


def test_the_scale_of_time_is_not_broken_by_extremes(call: Caller) -> None:
    for at in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1969-12-31T23:59:59Z"):
        event_id = call.publish(occurred_at=at)["id"]
        shown = call("GET", f"/events/{event_id}").json["occurred_at"]
        assert datetime.fromisoformat(shown) == datetime.fromisoformat(at)
