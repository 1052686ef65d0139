"""Deliveries by the API: what was sent, what came back, why, and once more. Really delivered."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from tests.api.conftest import Caller
from tests.api.problems import fields, problem
from tests.machine.receiver import Answer, Receiver
from workers.runtime import WorkerRuntime


@pytest.fixture
def deliver(app: Flask) -> Iterator[Callable[[], None]]:
    """Delivers whatever is due, as a worker does."""
    runtime = WorkerRuntime(app)

    def sweep() -> None:
        with app.app_context():
            runtime.sweep()

    yield sweep
    runtime.close()


def test_a_delivered_event(call: Caller, receiver: Receiver, deliver: Callable[[], None]) -> None:
    receiver.always(Answer(200, b'{"thanks": true}', [("Content-Type", "application/json"), ("X-A", "1")]))
    webhook = call.new_webhook(url=receiver.url)
    event = call.publish(object_id="4711", data={"id": 4711, "name": "Ada"})
    deliver()
    brief = call("GET", f"/events/{event['id']}").json["deliveries"][0]
    assert (brief["status"], brief["webhook_id"]) == ("succeeded", webhook["id"])
    delivery = call("GET", f"/deliveries/{brief['id']}").json
    assert {
        name: delivery[name] for name in ("event_id", "event_type", "attempts_count", "next_attempt_at")
    } == {
        "event_id": event["id"],
        "event_type": "lead.created",
        "attempts_count": 1,
        "next_attempt_at": None,
    }
    assert delivery["payload"] == {"id": 4711, "name": "Ada"}
    [attempt] = delivery["attempts"]
    assert (attempt["number"], attempt["trigger"], attempt["outcome"]) == (1, "scheduled", "succeeded")
    assert (attempt["reason"], attempt["explanation"]) == (None, None)
    assert attempt["timings"]["total"] == attempt["duration_ms"] > 0
    assert set(attempt["timings"]) == {"dns", "connect", "tls", "first_byte", "total"}
    assert attempt["request"]["method"] == "POST"
    assert attempt["request"]["url"] == receiver.url
    assert attempt["request"]["body"] == receiver.requests[0].body.decode()
    sent = {name.lower(): value for name, value in attempt["request"]["headers"]}
    assert sent["webhook-id"] == event["id"]
    assert attempt["response"] == {
        "status": 200,
        "headers": attempt["response"]["headers"],
        "body": '{"thanks": true}',
        "body_size": 16,
        "truncated": False,
    }
    assert ["X-A", "1"] in attempt["response"]["headers"]
    shown = call("GET", f"/webhooks/{webhook['id']}").json
    assert shown["counts"] == {"triggered": 1, "delivered": 1, "failed": 0, "waiting": 0, "held": 0}
    assert (shown["last_status"], shown["status"]) == (200, "working")
    assert shown["last_sent_at"].endswith("Z")


def test_a_failed_event_says_why_and_when_it_is_tried_again(
    call: Caller, receiver: Receiver, deliver: Callable[[], None]
) -> None:
    receiver.always(Answer(503, b"down"))
    call.new_webhook(url=receiver.url)
    call.publish()
    deliver()
    listed = call("GET", "/deliveries").json["data"][0]
    delivery = call("GET", f"/deliveries/{listed['id']}").json
    for one in (listed, delivery):
        assert (one["status"], one["last_status"], one["last_reason"]) == ("pending", 503, "http_503")
        assert one["next_attempt_at"] > one["attempts"][0]["started_at"]
        explanation = one["attempts"][0]["explanation"]
        assert explanation["what"].endswith(" is down or overloaded.")
        assert "UTC" in explanation["next"]
        assert explanation["who"] == "nobody"


def test_nobody_there(call: Caller, receiver: Receiver, deliver: Callable[[], None]) -> None:
    receiver.stop()
    call.new_webhook(url=receiver.url, retry={"schedule": []})
    call.publish()
    deliver()
    delivery = call("GET", "/deliveries?status=failed").json["data"][0]
    attempt = delivery["attempts"][0]
    assert (attempt["response"], attempt["reason"]) == (None, "refused")
    assert delivery["next_attempt_at"] is None


def test_resend_is_one_more_try_under_the_same_id(
    call: Caller, receiver: Receiver, deliver: Callable[[], None]
) -> None:
    receiver.answer(Answer(500))
    call.new_webhook(url=receiver.url, retry={"schedule": []})
    event = call.publish()
    deliver()
    failed = call("GET", "/deliveries?status=failed").json["data"][0]
    answer = call("POST", f"/deliveries/{failed['id']}/attempts")
    assert (answer.status_code, answer.json["status"]) == (202, "pending")
    deliver()
    delivery = call("GET", f"/deliveries/{failed['id']}").json
    assert delivery["status"] == "succeeded"
    assert [(a["number"], a["trigger"], a["outcome"]) for a in delivery["attempts"]] == [
        (1, "scheduled", "failed"),
        (2, "manual", "succeeded"),
    ]
    assert {request.header("webhook-id") for request in receiver.requests} == {event["id"]}


def test_until_it_works(call: Caller, receiver: Receiver, deliver: Callable[[], None]) -> None:
    receiver.always(Answer(500))
    call.new_webhook(url=receiver.url, retry={"schedule": []})
    call.publish()
    deliver()
    delivery_id = call("GET", "/deliveries").json["data"][0]["id"]
    assert call("POST", f"/deliveries/{delivery_id}/attempts", {"until_it_works": True}).status_code == 202
    deliver()
    assert call("GET", f"/deliveries/{delivery_id}").json["status"] == "pending"
    assert set(fields(call("POST", f"/deliveries/{delivery_id}/attempts", {"until": 1}))) == {"until"}


def test_a_webhook_that_is_off_sends_nothing_again(call: Caller) -> None:
    webhook = call.new_webhook()
    call.publish()
    delivery_id = call("GET", "/deliveries").json["data"][0]["id"]
    call("POST", f"/webhooks/{webhook['id']}/disable")
    problem(call("POST", f"/deliveries/{delivery_id}/attempts"), 409, "webhook-not-on")


def test_a_list_cuts_bodies_and_one_delivery_does_not(
    call: Caller, receiver: Receiver, deliver: Callable[[], None]
) -> None:
    receiver.always(Answer(200, "ä".encode() * 5000))
    call.new_webhook(url=receiver.url)
    call.publish(data={"text": "x" * 20_000})
    deliver()
    listed = call("GET", "/deliveries").json["data"][0]
    assert listed["payload"] is None
    assert len(listed["attempts"][0]["request"]["body"]) == 2048
    assert listed["attempts"][0]["response"]["body"] == "ä" * 1024
    assert listed["attempts"][0]["response"]["truncated"]
    whole = call("GET", f"/deliveries/{listed['id']}").json
    assert len(whole["payload"]["text"]) == 20_000
    assert whole["attempts"][0]["response"]["body"] == "ä" * 5000
    assert not whole["attempts"][0]["response"]["truncated"]


def test_bytes_that_are_no_text_are_shown_as_far_as_they_go(
    call: Caller, receiver: Receiver, deliver: Callable[[], None]
) -> None:
    receiver.always(Answer(200, b"\x00\xff\xfeok", [("X-Odd", "caf\xe9")]))
    call.new_webhook(url=receiver.url)
    call.publish()
    deliver()
    response = call("GET", "/deliveries").json["data"][0]["attempts"][0]["response"]
    assert response["body"] == "\x00\ufffd\ufffdok"


def test_filters(call: Caller, receiver: Receiver, deliver: Callable[[], None]) -> None:
    receiver.answer(Answer(500))
    webhook = call.new_webhook(
        url=receiver.url, events=["lead.created", "deal.created"], retry={"schedule": []}
    )
    failed = call.publish("lead.created", object_id="4711")
    deliver()
    sent = call.publish("deal.created", object_id="4712")
    deliver()
    for query, expected in {
        "": {failed["id"], sent["id"]},
        f"webhook_id={webhook['id']}": {failed["id"], sent["id"]},
        "status=failed": {failed["id"]},
        "status=succeeded": {sent["id"]},
        "status=pending": set(),
        "event_type=deal.created": {sent["id"]},
        "reason=http_500": {failed["id"]},
        f"event_id={sent['id']}": {sent["id"]},
        f"q={sent['id']}": {sent["id"]},
        "q=4711": {failed["id"]},
        "q=471": set(),
        "since=2020-01-01T00:00:00Z": {failed["id"], sent["id"]},
        "until=2020-01-01T00:00:00Z": set(),
        "since=2020-01-01T00:00:00 01:00&until=2099-01-01T00:00:00%2B01:00": {failed["id"], sent["id"]},
    }.items():
        found = call("GET", f"/deliveries?{query}").json["data"]
        assert {delivery["event_id"] for delivery in found} == expected, query


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=ten", "limit"),
        ("cursor=nonsense", "cursor"),
        ("cursor=%F0%9F%98%80", "cursor"),
        ("status=gone", "status"),
        ("since=yesterday", "since"),
        ("since=2026-11-21T09:30:00", "since"),
        ("webhook=whk_1", "webhook"),
    ],
)
@pytest.mark.databases("sqlite")
def test_filters_that_cannot_be_used(call: Caller, query: str, wrong: str) -> None:
    assert set(fields(call("GET", f"/deliveries?{query}"))) == {wrong}


@pytest.mark.parametrize("path", ["/deliveries", "/events", "/webhooks", "/event-types"])
def test_pages_follow_each_other_without_gaps(call: Caller, path: str) -> None:
    call.new_webhook()
    for _number in range(4):
        call.new_webhook(on=False)
        call.publish()
    key = "key" if path == "/event-types" else "id"
    everything = [one[key] for one in call("GET", f"{path}?limit=200").json["data"]]
    assert call("GET", f"{path}?limit=200").json["next_cursor"] is None
    found: list[str] = []
    cursor = ""
    while cursor is not None:
        page = call("GET", f"{path}?limit=3{cursor and f'&cursor={cursor}'}").json
        assert len(page["data"]) <= 3
        found += [one[key] for one in page["data"]]
        cursor = page["next_cursor"]
    assert found == everything
    assert len(set(found)) == len(found) >= 4
