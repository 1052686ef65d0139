"""What turns a webhook off: ten failed tries in a row, and for at least five minutes; a burst is one failure."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.extensions import db
from app.core.times import utc_now
from app.models import Lane, Webhook
from app.services import webhooks
from tests.machine.receiver import Answer

BURST = 12


@pytest.fixture
def burst_fails(publish, runtime, receiver):
    """So many events fail together, within a second or two."""

    def do(times: int = BURST) -> None:
        receiver.always(Answer(500))
        for _ in range(times):
            publish()
        runtime.sweep()

    return do


def pass_minutes(webhook_id: str, minutes: int) -> None:
    """As if the run of failures had begun so much earlier, and its last one ended then too."""
    db.session.commit()
    lane = db.session.get_one(Lane, webhook_id, populate_existing=True)
    lane.failing_since -= timedelta(minutes=minutes)
    lane.last_failure_at -= timedelta(minutes=minutes)
    db.session.commit()


def test_a_burst_that_fails_does_not_turn_off_a_webhook_with_default_settings(new_webhook, burst_fails, rows):
    webhook = new_webhook(max_in_flight=50)
    assert (webhook.failure_limit, webhook.failure_window_s) == (10, 300)
    burst_fails()
    stored = rows.webhook(webhook.id)
    assert stored.state == "on"
    assert stored.lane.failures_in_a_row == BURST
    assert 1 <= stored.lane.failing_seconds <= 3


def test_many_bursts_do_not_either_before_five_minutes_have_passed(new_webhook, burst_fails, rows):
    webhook = new_webhook()
    for _ in range(12):
        burst_fails(1)
        pass_minutes(webhook.id, 0)
        lane = db.session.get_one(Lane, webhook.id)
        lane.last_failure_at -= timedelta(seconds=2)
        db.session.commit()
    stored = rows.webhook(webhook.id)
    assert (stored.state, stored.lane.failing_seconds) == ("on", 12)
    pass_minutes(webhook.id, 5)
    burst_fails(1)
    assert rows.webhook(webhook.id).state == "stopped"


def test_five_minutes_of_few_bursts_are_not_ten_failures(new_webhook, burst_fails, rows):
    webhook = new_webhook()
    for _ in range(3):
        burst_fails(5)
        pass_minutes(webhook.id, 5)
    stored = rows.webhook(webhook.id)
    assert stored.lane.failures_in_a_row == 15
    assert (stored.state, stored.lane.failing_seconds < 10) == ("on", True)


def test_the_second_of_two_batches_in_one_second_counts_nothing_more(new_webhook, burst_fails, rows):
    webhook = new_webhook()
    burst_fails(1)
    lane = db.session.get_one(Lane, webhook.id)
    lane.last_failure_at = utc_now() + timedelta(seconds=5)  # another worker's clock is ahead
    before = lane.failing_seconds
    db.session.commit()
    burst_fails(3)
    stored = rows.webhook(webhook.id)
    assert (stored.lane.failing_seconds, stored.lane.failures_in_a_row) == (before, 4)


def test_a_success_begins_anew(new_webhook, burst_fails, publish, runtime, receiver, rows):
    webhook = new_webhook()
    burst_fails(2)
    receiver.always(Answer(200))
    publish()
    runtime.sweep()
    lane = rows.webhook(webhook.id).lane
    assert (lane.failures_in_a_row, lane.failing_seconds, lane.failing_since) == (0, 0, None)


def test_where_no_time_is_asked_every_failure_counts(new_webhook, burst_fails, rows):
    webhook = new_webhook(failure_window_s=0)
    burst_fails()
    assert rows.webhook(webhook.id).state == "stopped"


def test_a_webhook_of_before_keeps_its_values_when_it_is_edited(new_webhook, rows, space_id):
    webhook = new_webhook()
    db.session.query(Webhook).filter_by(id=webhook.id).update({"failure_window_s": 0})
    db.session.commit()
    webhooks.update(space_id, webhook.id, {"name": "Another name"})
    assert rows.webhook(webhook.id).failure_window_s == 0
