"""A large heap of one webhook is moved while another one is sent to: no punctual receiver is called late."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import func, insert, select

from app.core.extensions import db
from app.core.ids import new_id
from app.core.transaction import transaction
from app.ledger.counters import count
from app.models import Attempt, Delivery, Event
from app.models.delivery import HELD
from app.services import webhooks
from tests.machine.receiver import Answer

# What takes a worker that does upkeep itself longer than the limit of a punctual receiver, on each database.
HEAP = {"sqlite": 40_000, "postgresql": 60_000}
# The receiver answers in a fraction of its limit. A thread that is blocked for the rest of it finds both the limit
# passed and the answer.
ANSWERS_AFTER_S, LIMIT_S = 0.3, 1


def add_held(webhook_id: str, space_id: str, number: int) -> None:
    """Held deliveries of one event, as many as a busy week leaves."""
    with transaction() as session:
        event_id = session.scalar(select(Event.id).limit(1))
        row = {"space_id": space_id, "event_id": event_id, "webhook_id": webhook_id, "status": HELD}
        for _ in range(number // 1000):
            session.execute(
                insert(Delivery),
                [{**row, "id": new_id("dlv"), "event_type": "lead.created"} for _ in range(1000)],
            )
        count(session, webhook_id, triggered=number, held=number)


def left(webhook_id: str, status: str) -> int:
    db.session.commit()
    rows = select(func.count()).where(Delivery.webhook_id == webhook_id, Delivery.status == status)
    return int(db.session.scalar(rows) or 0)


@pytest.fixture
def two(installation, receiver):
    """A webhook whose receiver takes its time but is punctual, and one that is paused with a heap."""
    receiver.always(Answer(200, delay_s=ANSWERS_AFTER_S))
    punctual = installation.add_webhook(timeout_s=LIMIT_S, max_in_flight=50)
    installation.publish(1)
    heap = installation.add_webhook()
    installation.forget_wanting(heap)
    with installation.app.test_request_context():
        webhooks.pause(installation.space_id, heap)
        number = HEAP[db.engine.dialect.name]
        add_held(heap, installation.space_id, number)
    return punctual, heap, number


@pytest.mark.parametrize("order", ["skip", "delete"])
def test_a_heap_that_is_moved_makes_no_punctual_receiver_late(order, two, installation, new_worker):
    punctual, heap, number = two
    new_worker()
    installation.wait_until_done_of(punctual)
    for _ in range(20):  # a worker in the midst of sending is what must not be held up
        installation.publish(1)
        time.sleep(0.1)
    with installation.app.test_request_context():
        if order == "skip":
            webhooks.resume(installation.space_id, heap, "skip")
        else:
            webhooks.delete(installation.space_id, heap)
    until = time.monotonic() + 120
    with installation.app.test_request_context():
        while left(heap, HELD):
            assert time.monotonic() < until
            installation.publish(1)
            time.sleep(0.1)
        assert left(heap, "cancelled") >= number
    installation.wait_until_done_of(punctual)
    with installation.app.app_context():
        outcomes = db.session.execute(
            select(Attempt.outcome, Attempt.reason).where(Attempt.webhook_id == punctual).distinct()
        ).all()
    assert outcomes == [("succeeded", None)]
