"""What is older than the limit goes, and nothing else does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.extensions import db
from app.core.ids import new_id
from app.core.times import ms_of, utc_now
from app.maintenance.counters import compact
from app.maintenance.retention import remove_old
from app.models import (
    Attempt,
    Confirmation,
    Delivery,
    Event,
    Incident,
    IncidentAnnouncement,
    Mail,
    Notice,
    ReceiverCheck,
)
from app.queries.webhooks.listing import totals_of


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
    compact()
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
    monkeypatch.setattr("app.maintenance.retention.STEP", 2)
    for _ in range(5):
        delivered(100)
    assert remove_old(90) == 10
    assert left() == {"event": 0, "delivery": 0, "attempt": 0}


def test_the_maintenance_does_it_by_itself(delivered, maintain):
    delivered(100)
    maintain()
    assert left() == {"event": 0, "delivery": 0, "attempt": 0}


def made_ids(model):
    db.session.commit()
    return {row.id for row in db.session.query(model)}


def test_letters_go_once_nobody_tries_them_any_more(space_id):
    letter = {"space_id": space_id, "recipient": "a@example.com", "subject": "s", "body": "b"}
    kept = {
        made(Mail, "mal", 100, **letter, status="waiting"),
        made(Mail, "mal", 89, **letter, status="sent"),
    }
    for status in ("sent", "given_up"):
        made(Mail, "mal", 100, **letter, status=status)
    db.session.commit()
    assert remove_old(90) == 2
    assert made_ids(Mail) == kept


def test_a_notice_stays_while_what_it_tells_is_still_so(space_id, new_webhook):
    webhook = new_webhook()
    since = utc_now() - timedelta(days=120)
    webhook.state, webhook.state_reason, webhook.state_since = "stopped", "failures", since
    webhook.lane.failing_since = since - timedelta(minutes=5)
    notice = {"space_id": space_id, "webhook_id": webhook.id}
    kept = {
        made(Notice, "ntc", 120, **notice, kind="stopped", episode=webhook.state_since),
        made(Notice, "ntc", 120, **notice, kind="warning", episode=webhook.lane.failing_since),
        made(Notice, "ntc", 10, **notice, kind="back", episode=utc_now() - timedelta(days=10)),
    }
    made(Notice, "ntc", 130, **notice, kind="stopped", episode=since - timedelta(days=10))
    db.session.commit()
    assert remove_old(90) == 1
    assert made_ids(Notice) == kept


def test_confirmation_links_go_but_for_the_newest_of_a_webhook(space_id, new_webhook):
    webhook, deleted = new_webhook(), new_webhook()
    deleted.deleted_at = utc_now()

    def link(of, days):
        values = {"space_id": space_id, "webhook_id": of.id, "url": of.url}
        at = utc_now() - timedelta(days=days)
        return made(Confirmation, "cfm", days, **values, token_hash=new_id("x"), expires_at=at)

    for of, days in ((webhook, 120), (webhook, 110), (deleted, 100)):
        link(of, days)
    kept = {link(webhook, 95), link(deleted, 80)}
    db.session.commit()
    assert remove_old(90) == 3
    assert made_ids(Confirmation) == kept


@pytest.mark.databases("sqlite")
def test_checks_that_are_done_go_too(space_id, new_webhook):
    webhook = new_webhook()
    ids = {"space_id": space_id, "webhook_id": webhook.id, "url": webhook.url, "lines": []}
    kept = [made(ReceiverCheck, "chk", 91, **ids), made(ReceiverCheck, "chk", 1, **ids, state="done")]
    made(ReceiverCheck, "chk", 91, **ids, state="done")
    db.session.commit()
    assert remove_old(90) == 1
    assert [one.id for one in db.session.query(ReceiverCheck).order_by(ReceiverCheck.id)] == kept


def test_incidents_that_ended_long_ago_go_and_an_open_one_stays(space_id):
    ids = {"space_id": space_id, "opened_at": utc_now()}
    made(Incident, "inc", 100, **ids, webhook_id="whk_a", closed_at=utc_now())
    still = made(Incident, "inc", 100, **ids, webhook_id="whk_b")
    new = made(Incident, "inc", 10, **ids, webhook_id="whk_a", closed_at=utc_now())
    news = {"space_id": space_id, "webhook_id": "whk_a", "incident_id": new, "kind": "opened"}
    made(IncidentAnnouncement, "ian", 100, **news)
    db.session.commit()
    remove_old(90)
    assert {row[0] for row in db.session.query(Incident.id)} == {still, new}
    assert db.session.query(IncidentAnnouncement).count() == 0
