"""What follows a failed attempt: retries, being turned off, and what a person orders."""

from __future__ import annotations

import pytest

from app.core.errors import Conflict
from app.core.times import utc_now
from app.services import deliveries, webhooks
from tests.machine.receiver import Answer


def test_a_failed_try_is_repeated_after_five_minutes_then_ten_then_it_has_failed(
    new_webhook, publish, runtime, receiver, rows
):
    new_webhook()
    receiver.always(Answer(500, b"broken"))
    publish()
    for number, gap in ((1, 300), (2, 600)):
        runtime.sweep()
        delivery = rows.deliveries()[0]
        assert (delivery.status, delivery.attempts_count) == ("pending", number)
        waited = (delivery.due_at - utc_now()).total_seconds()
        assert gap - 5 < waited <= gap + 1
        assert runtime.sweep() == 0
        rows.make_due()
    runtime.sweep()
    delivery = rows.deliveries()[0]
    assert (delivery.status, delivery.attempts_count, delivery.last_reason) == ("failed", 3, "http_500")
    assert [a.number for a in rows.attempts()] == [1, 2, 3]
    assert {r.header("webhook-id") for r in receiver.requests} == {delivery.event_id}


def test_no_retries_if_the_schedule_is_empty(new_webhook, publish, runtime, receiver, rows):
    new_webhook(retry={"schedule": []})
    receiver.always(Answer(503))
    publish()
    runtime.sweep()
    assert rows.statuses() == ["failed"]


def test_retry_after_is_honoured(new_webhook, publish, runtime, receiver, rows):
    new_webhook()
    receiver.always(Answer(429, headers=[("Retry-After", "1800")]))
    publish()
    runtime.sweep()
    assert (rows.deliveries()[0].due_at - utc_now()).total_seconds() > 1790


def test_gone_turns_the_webhook_off_and_holds_what_comes(new_webhook, publish, runtime, receiver, rows):
    webhook = new_webhook()
    receiver.always(Answer(410))
    publish()
    runtime.sweep()
    stored = rows.webhook(webhook.id)
    assert (stored.state, stored.state_reason) == ("stopped", "gone")
    publish()
    assert rows.statuses() == ["failed", "held"]


def test_ten_failures_in_a_row_turn_it_off_and_nothing_is_lost(
    new_webhook, publish, runtime, maintain, receiver, rows, space_id
):
    webhook = new_webhook(failure_limit=10, failure_window_s=0)
    receiver.always(Answer(500))
    for _ in range(12):
        publish()
    runtime.sweep()
    maintain()
    stored = rows.webhook(webhook.id)
    assert (stored.state, stored.state_reason, stored.status) == ("stopped", "failures", "stopped")
    assert set(rows.statuses()) == {"held"}
    receiver.always(Answer(200))
    receiver.forget()
    webhooks.enable(space_id, webhook.id)
    webhooks.resume(space_id, webhook.id, "send")
    rows.make_due()
    runtime.sweep()
    assert set(rows.statuses()) == {"succeeded"}
    ids = [r.header("webhook-id") for r in receiver.requests][1:]  # the first was the ping
    assert sorted(ids) == sorted(d.event_id for d in rows.deliveries())


def test_a_success_ends_the_run_of_failures(new_webhook, publish, runtime, receiver, rows):
    webhook = new_webhook(failure_limit=3, max_in_flight=1)
    for status in (500, 500, 200, 500, 500):
        receiver.answer(Answer(status))
        publish()
        runtime.sweep()
    stored = rows.webhook(webhook.id)
    assert (stored.state, stored.lane.failures_in_a_row, stored.status) == ("on", 2, "some_failing")


def test_turning_off_holds_a_waiting_retry(new_webhook, publish, runtime, receiver, rows, space_id):
    webhook = new_webhook()
    receiver.always(Answer(500))
    publish()
    runtime.sweep()
    webhooks.disable(space_id, webhook.id)
    rows.make_due()
    assert runtime.sweep() == 0
    assert rows.statuses() == ["held"]


def test_resend_of_a_failed_one_is_a_manual_try_with_the_same_id(
    new_webhook, publish, runtime, receiver, rows, space_id
):
    new_webhook(retry={"schedule": []})
    receiver.answer(Answer(500))
    event_id = publish()
    runtime.sweep()
    deliveries.resend(space_id, rows.deliveries()[0].id)
    runtime.sweep()
    assert rows.statuses() == ["succeeded"]
    assert [a.trigger for a in rows.attempts()] == ["scheduled", "manual"]
    assert [r.header("webhook-id") for r in receiver.requests] == [event_id, event_id]


def test_a_manual_try_that_fails_leaves_the_planned_retry_and_one_that_works_cancels_it(
    new_webhook, publish, runtime, receiver, rows, space_id
):
    new_webhook()
    receiver.always(Answer(500))
    publish()
    runtime.sweep()
    planned = rows.deliveries()[0].due_at
    deliveries.resend(space_id, rows.deliveries()[0].id)
    runtime.sweep()
    delivery = rows.deliveries()[0]
    assert (delivery.status, delivery.due_at, delivery.failed_attempts) == ("pending", planned, 1)
    receiver.always(Answer(200))
    deliveries.resend(space_id, delivery.id)
    runtime.sweep()
    assert rows.statuses() == ["succeeded"]
    assert len(rows.attempts()) == 3


def test_until_it_works_goes_on_after_the_schedule_is_used_up(
    new_webhook, publish, runtime, receiver, rows, space_id
):
    new_webhook(retry={"schedule": [60]}, failure_limit=1000)
    receiver.always(Answer(500))
    publish()
    runtime.sweep()
    deliveries.resend(space_id, rows.deliveries()[0].id, until_it_works=True)
    for _ in range(4):
        rows.make_due()
        runtime.sweep()
        assert rows.statuses() == ["pending"]
    receiver.always(Answer(200))
    rows.make_due()
    runtime.sweep()
    assert rows.statuses() == ["succeeded"]


def test_resend_is_refused_while_the_webhook_is_off(new_webhook, publish, runtime, rows, space_id):
    webhook = new_webhook()
    publish()
    runtime.sweep()
    webhooks.disable(space_id, webhook.id)
    with pytest.raises(Conflict):
        deliveries.resend(space_id, rows.deliveries()[0].id)
    assert rows.statuses() == ["succeeded"]
