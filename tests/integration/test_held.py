"""What waited is sent the oldest first and at a pace, or skipped; also by halves."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import Lane, WebhookHour
from app.services import webhooks
from app.services.events import publishing
from app.services.webhooks.holding import GO_ON, HELD_PER_S, put_away
from tests.machine.receiver import Answer
from tests.machine.together import all_at_once

pytestmark = pytest.mark.usefixtures("inside")


@pytest.fixture
def paused(new_webhook, space_id):
    """A paused webhook with so many events that wait."""

    def make(count: int, **settings):
        webhook = new_webhook(**settings)
        webhooks.pause(space_id, webhook.id)
        publishing.publish(
            space_id, [{"type": "lead.created", "data": {"n": n}} for n in range(count)], batch=True
        )
        return webhook

    return make


@pytest.fixture
def maintain(maintain):
    return maintain


def time_passes(webhook_id: str, seconds: float) -> None:
    """As if the last that was let go had been due so long ago."""
    lane = db.session.get_one(Lane, webhook_id, populate_existing=True)
    if lane.held_until is not None:
        lane.held_until -= timedelta(seconds=seconds)
    db.session.commit()


def test_ten_a_second_and_the_oldest_first(paused, rows, space_id, maintain):
    webhook = paused(130)
    before = utc_now()
    webhooks.resume(space_id, webhook.id, "send")
    released = [d for d in rows.deliveries() if d.status == "pending"]
    assert released == rows.deliveries()[: len(released)]
    assert released == sorted(released, key=lambda d: d.due_at)
    assert len(released) == 6 * HELD_PER_S
    gaps = {b.due_at - a.due_at for a, b in zip(released, released[1:], strict=False)}
    assert gaps == {timedelta(milliseconds=100)}
    assert released[0].due_at >= before
    maintain()
    assert rows.statuses().count("held") >= 60  # nothing goes before its time, however often one sweeps
    for _ in range(3):
        time_passes(webhook.id, 6)
        maintain()
    assert rows.statuses().count("held") == 0
    lane = db.session.get_one(Lane, webhook.id)
    assert lane.held_order is None
    db.session.commit()
    maintain()
    assert db.session.get_one(WebhookHour, (webhook.id, 0)).held == 0


@pytest.mark.databases("sqlite")
def test_one_at_a_time_gets_them_all_before_anything_newer(
    new_webhook, publish, runtime, receiver, rows, space_id
):
    webhook = new_webhook(max_in_flight=1)
    webhooks.pause(space_id, webhook.id)
    ids = [publish() for _ in range(15)]
    webhooks.resume(space_id, webhook.id, "send")
    ids.append(publish())
    runtime.sweep()
    assert [r.header("webhook-id") for r in receiver.requests] == ids
    assert set(rows.statuses()) == {"succeeded"}


@pytest.fixture
def failed_then_paused(new_webhook, publish, runtime, receiver, space_id):
    """A paused webhook with an event whose next attempt is planned, and one that was never tried."""
    receiver.always(Answer(500))
    webhook = new_webhook()
    publish()
    runtime.sweep()
    webhooks.pause(space_id, webhook.id)
    publish()
    return webhook


def test_a_person_has_all_that_waits_tried_now_and_the_plan_stays(
    failed_then_paused, rows, runtime, space_id
):
    planned = rows.deliveries()[0].due_at
    webhooks.resume(space_id, failed_then_paused.id, "send")
    rows.make_due()
    runtime.sweep()
    first, second = rows.deliveries()
    assert (first.attempts_count, first.due_at, first.status) == (2, planned, "pending")
    assert second.attempts_count == 1
    assert [a.trigger for a in rows.attempts() if a.delivery_id == first.id] == ["scheduled", "manual"]


def test_what_goes_on_by_itself_keeps_to_the_plan(failed_then_paused, rows, runtime, space_id, maintain):
    planned = rows.deliveries()[0].due_at
    webhooks.enable(space_id, failed_then_paused.id, force=True)
    db.session.get_one(Lane, failed_then_paused.id).held_order = GO_ON
    db.session.commit()
    maintain()
    first, second = rows.deliveries()
    assert (first.status, first.due_at, first.manual) == ("pending", planned, False)
    assert second.due_at < planned


@pytest.mark.databases("sqlite")
def test_never_faster_than_the_webhooks_own_limit(paused, rows, space_id):
    webhook = paused(20, rate_per_s=2)
    webhooks.resume(space_id, webhook.id, "send")
    released = [d for d in rows.deliveries() if d.status == "pending"]
    assert len(released) == 12
    assert released[1].due_at - released[0].due_at == timedelta(milliseconds=500)


@pytest.mark.databases("sqlite")
def test_the_rest_can_be_skipped(paused, rows, space_id):
    webhook = paused(80)
    webhooks.resume(space_id, webhook.id, "send")
    webhooks.resume(space_id, webhook.id, "skip")
    assert sorted(set(rows.statuses())) == ["cancelled", "pending"]
    assert rows.statuses().count("cancelled") == 20


@pytest.mark.databases("sqlite")
def test_what_is_not_sent_yet_is_held_again_with_the_next_pause(paused, rows, space_id, maintain):
    webhook = paused(80)
    webhooks.resume(space_id, webhook.id, "send")
    webhooks.pause(space_id, webhook.id)
    assert set(rows.statuses()) == {"held"}
    webhooks.disable(space_id, webhook.id)
    webhooks.enable(space_id, webhook.id, force=True)
    maintain()
    assert set(rows.statuses()) == {"held"}  # an order from before it was off does not stand


def test_several_sweepers_keep_the_pace(app, paused, rows, space_id, maintain):
    webhook = paused(100)
    webhooks.resume(space_id, webhook.id, "send")
    time_passes(webhook.id, 2)
    began = time.monotonic()
    all_at_once(app, maintain)
    took = time.monotonic() - began
    released = rows.statuses().count("pending")
    assert 80 <= released <= 82 + HELD_PER_S * (1 + took)


def test_what_waits_for_a_webhook_that_is_on_again_is_not_held(new_webhook, publish, rows):
    webhook = new_webhook()  # off when a sweep looked, on when it acts
    publish()
    with transaction() as session:
        assert put_away(session, webhook.id).rows == 0
    assert rows.statuses() == ["pending"]
