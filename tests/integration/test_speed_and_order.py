"""Speed limit and strict order (A17), by the receiver's own log."""

from __future__ import annotations

import time

import pytest

from app.core.extensions import db
from app.core.times import utc_now
from app.models import Delivery
from app.services import webhooks
from tests.machine.receiver import Answer


def numbers(receiver):
    return [request.json()["data"]["id"] for request in receiver.requests]


@pytest.mark.parametrize("rate", [5, 40])
def test_no_second_sees_more_than_the_limit(new_webhook, publish, runtime, receiver, rate):
    new_webhook(rate_per_s=rate)
    for number in range(rate * 2 + 1):
        publish(data={"id": number})
    started = time.monotonic()
    assert runtime.sweep() == rate * 2 + 1
    assert time.monotonic() - started >= 1.8
    times = [request.at for request in receiver.requests]
    # What arrives has travelled: on a busy machine two that started a second apart come closer together.
    for first in times:
        assert sum(first <= at < first + 0.8 for at in times) <= rate


def test_a_limit_holds_up_nobody_else(new_webhook, publish, runtime, receiver, space_id):
    new_webhook(rate_per_s=1, name="Slow")
    quick = new_webhook(name="Quick")
    for number in range(3):
        publish(data={"id": number})
    started = time.monotonic()
    runtime.sweep()
    assert time.monotonic() - started >= 1.9
    arrived = [request.at for request in receiver.requests]
    assert arrived[3] - arrived[0] < 0.9  # one of the slow, three of the quick
    assert webhooks.find(space_id, quick.id).lane.in_flight == 0


def test_in_strict_order_a_failing_one_holds_the_next(new_webhook, publish, runtime, receiver, rows):
    new_webhook(ordered=True, max_in_flight=10, retry={"schedule": [60]})
    receiver.answer(Answer(200), Answer(503))
    for number in range(4):
        publish(data={"id": number})
    runtime.sweep()
    assert numbers(receiver) == [0, 1]
    assert rows.statuses() == ["succeeded", "pending", "pending", "pending"]
    runtime.sweep()
    assert numbers(receiver) == [0, 1]  # its next attempt is in a minute: nothing may overtake it
    make_due(rows.deliveries()[1])
    runtime.sweep()
    assert numbers(receiver) == [0, 1, 1, 2, 3]
    assert rows.statuses() == ["succeeded"] * 4


def test_one_that_has_failed_for_good_lets_the_next_go(new_webhook, publish, runtime, receiver, rows):
    new_webhook(ordered=True, retry={"schedule": []})
    receiver.answer(Answer(503))
    for number in range(3):
        publish(data={"id": number})
    runtime.sweep()
    assert numbers(receiver) == [0, 1, 2]
    assert rows.statuses() == ["failed", "succeeded", "succeeded"]


def test_what_waits_is_put_in_order_when_that_is_asked_for(
    new_webhook, publish, runtime, receiver, rows, space_id
):
    webhook = new_webhook(retry={"schedule": [60]})
    receiver.answer(Answer(503))
    publish(data={"id": 0})
    runtime.sweep()
    publish(data={"id": 1})
    webhooks.update(space_id, webhook.id, {"ordered": True})
    publish(data={"id": 2})
    runtime.sweep()
    assert numbers(receiver) == [0]
    webhooks.update(space_id, webhook.id, {"ordered": False})
    runtime.sweep()
    assert sorted(numbers(receiver)) == [0, 1, 2]
    assert rows.statuses() == ["pending", "succeeded", "succeeded"]


def make_due(delivery: Delivery) -> None:
    db.session.get_one(Delivery, delivery.id).due_at = utc_now()
    db.session.commit()


def test_a_webhook_earns_its_places(new_webhook, publish, runtime, receiver, space_id):
    """The docs' promise: two at first, twice as many while tries succeed, half when they fail."""
    webhook = new_webhook(retry={"schedule": []}, failure_limit=1000)
    assert lane_of(space_id, webhook).concurrency_limit == 2
    for number in range(30):
        publish(data={"id": number})
    runtime.sweep()
    grown = lane_of(space_id, webhook).concurrency_limit
    assert grown >= 8
    receiver.always(Answer(500))
    for number in range(30):
        publish(data={"id": number})
    runtime.sweep()
    assert lane_of(space_id, webhook).concurrency_limit == 1


def lane_of(space_id, webhook):
    db.session.commit()
    db.session.expire_all()
    return webhooks.find(space_id, webhook.id).lane


def test_silent_receivers_leave_places_to_the_others(new_webhook, publish, runtime, receiver):
    for number in range(40):
        new_webhook(name=f"Silent {number}", url=receiver.at("/silent"), timeout_s=1, retry={"schedule": []})
    new_webhook(name="Healthy", url=receiver.at("/healthy"))
    receiver.always(Answer(silent=True), "/silent")
    for number in range(5):
        publish(data={"id": number})
    runtime.sweep()
    healthy = [r.at for r in receiver.requests if r.path == "/healthy"]
    assert len(healthy) == 5
    assert max(healthy) - min(healthy) < 0.9
