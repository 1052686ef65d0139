"""Delivery control (F11): a receiver ends the tries of a message, asks us to wait, or is gone; and pages say so."""

from __future__ import annotations

import pytest

from app.core.times import utc_now
from app.services import deliveries
from tests.machine.receiver import Answer

ABORT = [("webhook-delivery", "abort-message")]


def test_abort_message_ends_the_tries_of_this_message_alone(new_webhook, publish, runtime, receiver, rows):
    webhook = new_webhook(retry={"schedule": [60, 60]})
    receiver.answer(Answer(500, headers=ABORT), Answer(500))
    publish()
    publish()
    runtime.sweep()
    assert sorted(rows.statuses()) == ["failed", "pending"]
    assert rows.webhook(webhook.id).state == "on"
    rows.make_due()
    runtime.sweep()
    assert sorted(rows.statuses()) == ["failed", "succeeded"]
    assert len(receiver.requests) == 3


@pytest.mark.databases("sqlite")
def test_it_is_said(new_webhook, publish, runtime, receiver, rows):
    new_webhook()
    receiver.always(Answer(409, headers=ABORT))
    publish()
    runtime.sweep()
    assert "It also asked us not to try this event again" in rows.explanation()[0]


@pytest.mark.databases("sqlite")
def test_it_ends_until_it_works_too_and_a_person_may_resend(
    new_webhook, publish, runtime, receiver, rows, space_id
):
    new_webhook(retry={"schedule": [60]})
    receiver.always(Answer(500, headers=ABORT))
    publish()
    runtime.sweep()
    (delivery,) = rows.deliveries()
    deliveries.resend(space_id, delivery.id, until_it_works=True)
    runtime.sweep()
    assert rows.statuses() == ["failed"]
    assert len(receiver.requests) == 2
    receiver.always(Answer(200))
    deliveries.resend(space_id, delivery.id)
    runtime.sweep()
    assert rows.statuses() == ["succeeded"]


@pytest.mark.databases("sqlite")
def test_with_an_answer_that_counts_as_delivered_it_changes_nothing(
    new_webhook, publish, runtime, receiver, rows
):
    new_webhook()
    receiver.always(Answer(200, headers=ABORT))
    publish()
    runtime.sweep()
    assert rows.statuses() == ["succeeded"]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed_and_said(new_webhook, publish, runtime, receiver, rows, status):
    new_webhook(retry={"schedule": [60]})
    receiver.always(Answer(status, headers=[("Retry-After", "1800")]))
    publish()
    runtime.sweep()
    (delivery,) = rows.deliveries()
    assert 1790 < (delivery.due_at - utc_now()).total_seconds() < 2000
    assert "asked us to" in rows.explanation()[0]


@pytest.mark.databases("sqlite")
def test_gone_is_obeyed_and_said(new_webhook, publish, runtime, receiver, rows):
    webhook = new_webhook()
    receiver.always(Answer(410))
    publish()
    runtime.sweep()
    assert rows.statuses() == ["failed"]
    assert rows.webhook(webhook.id).state == "stopped"
    assert "permanently gone, so we turned the webhook off" in rows.explanation()[0]
