"""What is older than the limit goes, and nothing else does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.extensions import db
from app.models import Attempt, Delivery, Event
from app.models.base import ms_of, new_id, utc_now
from app.queries.webhooks import totals_of
from app.services.retention import remove_old
from app.services.tally import fold


def made(model, prefix, days, **values):
    """A row that was made so many days ago."""
    at = utc_now() - timedelta(days=days)
    row = model(id=new_id(prefix, ms_of(at)), **values)
    db.session.add(row)
    db.session.flush()
    return row.id


@pytest.fixture
def delivered(space_id, new_webhook):
    webhook = new_webhook()

    def make(days, status="succeeded"):
        event = made(
            Event, "evt", days, space_id=space_id, type="lead.created", data=b"{}", occurred_at=utc_now()
        )
        ids = {"space_id": space_id, "webhook_id": webhook.id}
        delivery = made(
            Delivery, "dlv", days, **ids, event_id=event, event_type="lead.created", status=status
        )
        made(Attempt, "att", days, **ids, delivery_id=delivery, started_at=utc_now(), outcome="succeeded")
        db.session.commit()
        return delivery

    make.webhook = webhook
    return make


def left():
    db.session.commit()
    return {model.__tablename__: db.session.query(model).count() for model in (Event, Delivery, Attempt)}


def test_only_what_is_too_old_goes(delivered):
    for days in (91, 90.5, 89.5, 0):
        delivered(days)
    assert remove_old(90) == 4  # two deliveries, two events
    assert left() == {"event": 2, "delivery": 2, "attempt": 2}
    assert remove_old(90) == 0


def test_what_waits_for_its_next_try_stays_with_all_that_belongs_to_it(delivered):
    delivered(200, "pending")
    assert remove_old(90) == 0
    assert left() == {"event": 1, "delivery": 1, "attempt": 1}


def test_what_was_held_too_long_is_no_longer_counted_as_held(delivered):
    delivered(200, "held")
    remove_old(90)
    fold()
    assert left()["delivery"] == 0
    totals = totals_of([delivered.webhook.id])[delivered.webhook.id]
    assert totals.cancelled == 1


def test_pings_go_too(space_id, delivered):
    loose = {"space_id": space_id, "webhook_id": delivered.webhook.id, "started_at": utc_now()}
    made(Attempt, "att", 100, **loose, outcome="succeeded", trigger="ping")
    made(Attempt, "att", 1, **loose, outcome="succeeded", trigger="ping")
    db.session.commit()
    assert remove_old(90) == 1
    assert left()["attempt"] == 1


def test_more_than_a_step_goes_in_steps(delivered, monkeypatch):
    monkeypatch.setattr("app.services.retention.STEP", 2)
    for _ in range(5):
        delivered(100)
    assert remove_old(90) == 10
    assert left() == {"event": 0, "delivery": 0, "attempt": 0}


def test_workers_do_it_by_themselves(delivered, room):
    delivered(100)
    room.sweep()
    assert left() == {"event": 0, "delivery": 0, "attempt": 0}
