"""A message that was delivered stays delivered, whatever comes of sending it again."""

from __future__ import annotations

import pytest

from app.core.extensions import db
from app.core.times import from_ms, now_ms
from app.core.transaction import transaction
from app.ledger import moves
from app.models import Lease, WebhookHour
from app.services import deliveries, webhooks
from tests.machine.receiver import Answer


@pytest.fixture
def delivered(new_webhook, publish, runtime, rows):
    """A webhook with one delivered message; returns its webhook."""

    def make(**settings):
        webhook = new_webhook(**settings)
        publish()
        runtime.sweep()
        assert rows.statuses() == ["succeeded"]
        return webhook

    return make


def counts(webhook_id: str, maintain) -> tuple[int, ...]:
    maintain()
    db.session.commit()
    row = db.session.get_one(WebhookHour, (webhook_id, 0), populate_existing=True)
    return row.triggered, row.delivered, row.failed, row.cancelled, row.held


@pytest.mark.parametrize("answer", [Answer(500), Answer(410)])
def test_a_failed_attempt_is_shown_and_the_message_stays_delivered(
    answer, delivered, runtime, receiver, rows, space_id, maintain
):
    webhook = delivered()
    receiver.always(answer)
    deliveries.resend(space_id, rows.deliveries()[0].id)
    assert rows.statuses() == ["pending"]
    runtime.sweep()
    (delivery,) = rows.deliveries()
    assert (delivery.status, delivery.attempts_count, delivery.last_status) == (
        "succeeded",
        2,
        answer.status,
    )
    assert [(a.trigger, a.outcome) for a in rows.attempts()] == [
        ("scheduled", "succeeded"),
        ("manual", "failed"),
    ]
    assert counts(webhook.id, maintain) == (1, 1, 0, 0, 0)


def test_also_when_it_is_repeated_until_the_schedule_is_used_up(
    delivered, runtime, receiver, rows, space_id, maintain
):
    webhook = delivered(retry={"schedule": []})
    receiver.always(Answer(500))
    deliveries.resend(space_id, rows.deliveries()[0].id)
    runtime.sweep()
    deliveries.resend(space_id, rows.deliveries()[0].id)
    runtime.sweep()
    assert rows.statuses() == ["succeeded"]
    assert counts(webhook.id, maintain) == (1, 1, 0, 0, 0)


def test_also_when_it_is_held_and_then_skipped(delivered, rows, space_id, maintain):
    webhook = delivered()
    deliveries.resend(space_id, rows.deliveries()[0].id)
    webhooks.pause(space_id, webhook.id)
    assert rows.statuses() == ["held"]
    webhooks.resume(space_id, webhook.id, "skip")
    assert rows.statuses() == ["succeeded"]
    assert counts(webhook.id, maintain) == (1, 1, 0, 0, 0)


def test_also_when_its_webhook_is_deleted(delivered, rows, space_id, maintain):
    webhook = delivered()
    deliveries.resend(space_id, rows.deliveries()[0].id)
    webhooks.delete(space_id, webhook.id)
    assert rows.statuses() == ["succeeded"]
    assert counts(webhook.id, maintain) == (1, 1, 0, 0, 0)


def test_many_in_one_step_but_not_those_that_are_delivered_or_in_flight(
    new_webhook, publish, runtime, receiver, rows, maintain
):
    webhook = new_webhook(retry={"schedule": []}, failure_limit=1000)
    receiver.answer(Answer(500), Answer(500))
    for _ in range(4):
        publish()
    runtime.sweep()
    failed = [d.id for d in rows.deliveries() if d.status == "failed"]
    everything = [d.id for d in rows.deliveries()]
    with transaction() as session:
        session.add(
            Lease(delivery_id=failed[0], webhook_id=webhook.id, token="lse", until=from_ms(now_ms() + 60_000))
        )
    with transaction() as session:
        resent = moves.resend(session, webhook.id, [*everything, "dlv_of_another"])
    assert resent == (1, 1, 2, 1)
    assert sorted(rows.statuses()) == ["failed", "pending", "succeeded", "succeeded"]
    assert counts(webhook.id, maintain) == (4, 2, 1, 0, 0)
