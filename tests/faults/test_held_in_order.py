"""Held events that are sent after turning on arrive oldest first, evenly, at the rate that is said."""

from __future__ import annotations

import time

import pytest

from app.core.extensions import db
from app.models import Delivery
from app.services import webhooks
from app.services.webhooks.holding import HELD_PER_S
from tests.machine.receiver import Answer

EVENTS = 40


@pytest.mark.parametrize("workers", [1, 3])
def test_forty_held_events_arrive_one_after_the_other(workers, installation, new_worker, receiver):
    receiver.always(Answer(200))
    webhook_id = installation.add_webhook()
    for _ in range(workers):
        new_worker()
    installation.publish(3)
    installation.wait_until_done()  # all are awake
    receiver.forget()
    with installation.app.test_request_context():
        webhooks.pause(installation.space_id, webhook_id)
        ids = installation.publish(EVENTS)
        webhooks.disable(installation.space_id, webhook_id)
        webhooks.enable(installation.space_id, webhook_id, force=True)
        began = time.time()
        webhooks.resume(installation.space_id, webhook_id, "send")
    installation.wait_until_done()
    took = time.time() - began
    arrived = receiver.requests
    with installation.app.app_context():
        order = db.session.query(Delivery.event_id).filter(Delivery.event_id.in_(ids)).order_by(Delivery.id)
        assert [r.header("webhook-id") for r in arrived] == [row.event_id for row in order]
    assert took >= (EVENTS - 1) / HELD_PER_S
    at = sorted(r.at for r in arrived)
    # Bursts would bring ten at once; a machine that stood still for a moment brings what was due meanwhile.
    together = max(sum(a <= other < a + 0.25 for other in at) for a in at)
    assert together < HELD_PER_S
