"""In an archived space nothing begins by itself; once it is back, what rested goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.maintenance.recovery_probes import probe_recoveries
from app.maintenance.step import Turn
from app.models import DigestEntry, Mail, Notice, ReceiverCheck, ReceiverWatch, RecoveryProbe, Webhook
from app.models.webhook import FAILURES, STOPPED
from app.services import api_keys, people, spaces
from app.services.alerts import digests, happenings, notices
from app.services.api_keys.ending import tell_of_ends
from app.services.events import about_webhooks
from app.services.receiver_checks import asking, certificates, running

PAST = timedelta(seconds=1)


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return {**settings, "SMTP_URL": "smtp://127.0.0.1:9"}


@pytest.fixture
def ada(space_id: str) -> str:
    """Somebody who is told of everything."""
    people.create_person("ada@example.com", "correct horse battery", space_id, "owner")
    return "ada@example.com"


def letters() -> int:
    db.session.rollback()
    return db.session.query(Mail).count()


def change(row: type, **values: Any) -> None:
    db.session.query(row).update(values)
    db.session.commit()


def begins_to_fail(webhook: Webhook, number: int) -> None:
    with transaction() as session:
        happenings.incident_opened(
            session,
            session.merge(webhook),
            incident_id=f"inc_{number}",
            reason="http_401",
            opened_at=utc_now() + timedelta(seconds=number),
            failed=3,
        )


def test_checks_of_receivers_rest(space_id, new_webhook, receiver):
    webhook = new_webhook()
    asking.set_schedule(space_id, webhook.id, 1)
    change(ReceiverWatch, check_due_at=utc_now() - PAST)
    spaces.archive(space_id)
    assert not asking.anything_scheduled()
    assert asking.order_scheduled() == 0
    spaces.restore(space_id)
    assert asking.order_scheduled() == 1
    spaces.archive(space_id)
    assert db.session.query(ReceiverCheck).count() == 1
    assert running.runnable((), 8) == []
    spaces.restore(space_id)
    assert len(running.runnable((), 8)) == 1


def test_looks_at_certificates_rest(space_id, new_webhook, monkeypatch):
    monkeypatch.setattr(certificates, "NEW_AFTER", -PAST)
    new_webhook()
    certificates._watch_new_ones()
    change(Webhook, url="https://127.0.0.1:9/")
    spaces.archive(space_id)
    assert certificates.look_at_due() == 0
    spaces.restore(space_id)
    assert certificates.look_at_due() == 1
    soon = utc_now() + timedelta(days=3)
    change(ReceiverWatch, url="https://127.0.0.1:9/", certificate_ends_at=soon)
    spaces.archive(space_id)
    assert certificates.ending(db.session()) == []
    spaces.restore(space_id)
    assert len(certificates.ending(db.session())) == 1


def test_nobody_is_told_of_what_happens_there(space_id, ada, new_webhook):
    webhook = new_webhook()
    begins_to_fail(webhook, 1)
    change(DigestEntry, due_at=utc_now() - PAST)
    spaces.archive(space_id)
    assert digests.write_due() == 0
    begins_to_fail(webhook, 2)
    assert db.session.query(Notice).count() == 2
    assert (db.session.query(DigestEntry).count(), letters()) == (1, 0)
    spaces.restore(space_id)
    assert digests.write_due() == 1
    assert letters() == 1


def test_webhooks_that_we_turned_off_are_noted_and_not_pinged(space_id, ada, new_webhook, receiver):
    webhook = new_webhook(back_by_itself=True)
    change(Webhook, state=STOPPED, state_reason=FAILURES)
    spaces.archive(space_id)
    assert notices.look() == 1
    assert letters() == 0
    change(RecoveryProbe, due_at=utc_now() - PAST)
    receiver.forget()
    probe_recoveries(Turn(lambda: False))
    assert receiver.requests == []
    spaces.restore(space_id)
    probe_recoveries(Turn(lambda: False))
    assert len(receiver.requests) == 1
    assert db.session.get_one(Webhook, webhook.id, populate_existing=True).state == "on"


def test_ends_of_keys_and_events_about_webhooks_rest(space_id, ada, new_webhook):
    new_webhook(events=[about_webhooks.INCIDENT_OPENED])
    api_keys.create_key(space_id, "Shop", ["events:write"], expires_at=utc_now() + timedelta(days=2))
    assert about_webhooks.is_wanted(db.session(), space_id, about_webhooks.INCIDENT_OPENED)
    spaces.archive(space_id)
    assert tell_of_ends() == 0
    assert not about_webhooks.is_wanted(db.session(), space_id, about_webhooks.INCIDENT_OPENED)
    spaces.restore(space_id)
    assert tell_of_ends() == 1
