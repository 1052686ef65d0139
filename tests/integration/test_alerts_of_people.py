"""Who is told what, and how: at once, once a day, never; and what every kind of letter says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.maintenance.people import look_for_notices, write_digests
from app.maintenance.step import Turn
from app.models import DigestEntry, Mail, Membership, Notice, Person
from app.services import people
from app.services.alerts import happenings, notices
from app.services.alerts.choices import choose
from app.services.alerts.letters import NOTICES
from app.services.receiver_checks.certificates import note_certificate

PASSWORD = "correct horse battery"


@pytest.fixture
def settings(settings):
    return {**settings, "SMTP_URL": "smtp://127.0.0.1:9", "BASE_URL": "https://hooks.example.com"}


@pytest.fixture
def ada(space_id) -> Membership:
    """Somebody who manages webhooks."""
    people.create_person("ada@example.com", PASSWORD, space_id, "admin")
    return db.session.query(Membership).join(Person).filter(Person.email == "ada@example.com").one()


def chosen(member: Membership, **ways: str) -> None:
    choose(member.space_id, member.person_id, member.role, ways)


def open_incident(webhook, number: int = 1) -> None:
    with transaction() as session:
        happenings.incident_opened(
            session,
            session.merge(webhook),
            incident_id=f"inc_{number}",
            reason="http_401",
            opened_at=utc_now() + timedelta(seconds=number),
            failed=3,
        )


def letters() -> list[Mail]:
    db.session.rollback()
    return db.session.query(Mail).order_by(Mail.id).all()


def tell_digest() -> None:
    db.session.query(DigestEntry).update({"due_at": utc_now() - timedelta(seconds=1)})
    db.session.commit()
    write_digests(Turn(lambda: False))


def test_at_once(ada, new_webhook):
    chosen(ada, incident_opened="at_once")
    open_incident(new_webhook())
    (letter,) = letters()
    assert (letter.recipient, letter.subject) == ("ada@example.com", "“CRM sync” has begun to fail")
    assert "3 tries have failed so far." in letter.body
    assert "https://hooks.example.com/settings/alerts" in letter.body


def test_once_a_day_in_one_letter(ada, new_webhook):
    webhook = new_webhook()
    open_incident(webhook, 1)
    open_incident(webhook, 2)
    assert letters() == []
    write_digests(Turn(lambda: False))
    assert letters() == []
    tell_digest()
    (letter,) = letters()
    assert letter.subject == "2 things happened in “Acme”"
    assert letter.body.count("“CRM sync” has begun to fail") == 2
    tell_digest()
    assert len(letters()) == 1


def test_never(ada, new_webhook):
    chosen(ada, incident_opened="never")
    open_incident(new_webhook())
    tell_digest()
    assert letters() == []
    assert db.session.query(Notice).count() == 1


def test_once_however_often_it_is_told(ada, new_webhook):
    chosen(ada, incident_opened="at_once")
    webhook, at = new_webhook(), utc_now()
    for _time in range(2):
        with transaction() as session:
            happenings.incident_opened(
                session, session.merge(webhook), incident_id="inc_1", reason="refused", opened_at=at, failed=1
            )
    assert len(letters()) == 1


@pytest.mark.databases("sqlite")
def test_who_leaves_before_the_digest_gets_none(ada, new_webhook):
    open_incident(new_webhook())
    db.session.query(DigestEntry).update({"person_id": "per_gone"})
    db.session.commit()
    tell_digest()
    assert letters() == []
    assert db.session.query(DigestEntry).count() == 0


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("kind", NOTICES)
def test_every_kind_has_a_letter(ada, new_webhook, kind):
    webhook, now = new_webhook(), utc_now()
    chosen(ada, **{kind: "at_once"})
    details = {
        "reason": "http_401",
        "failed": 3,
        "opened_at": now.isoformat(),
        "date": "2026-12-01",
        "succeeded": 7,
        "skipped": 1,
        "total": 11,
    }
    with transaction() as session:
        assert notices.tell(session, session.merge(webhook), kind, now, details=details)
    (letter,) = letters()
    assert "CRM sync" in letter.subject
    assert "CRM sync" in letter.body
    assert f"https://hooks.example.com/webhooks/{webhook.id}" in letter.body
    assert "%(" not in letter.subject + letter.body


def test_a_certificate_s_end_is_told_14_days_before_and_once(ada, new_webhook):
    webhook = new_webhook()
    for days, told in ((15, 0), (13, 1), (12.9, 2)):
        ends = utc_now() + timedelta(days=days)
        with transaction() as session:
            note_certificate(session, webhook.id, webhook.url, ends)
        for _time in range(2):
            look_for_notices(Turn(lambda: False))
        assert len(letters()) == told
    assert letters()[0].subject.startswith("The security certificate for “CRM sync” ends on ")


@pytest.mark.databases("sqlite")
def test_the_end_of_another_address_s_certificate_says_nothing(ada, new_webhook):
    webhook = new_webhook()
    with transaction() as session:
        note_certificate(session, webhook.id, "https://other.example/hook", utc_now() + timedelta(days=3))
    look_for_notices(Turn(lambda: False))
    assert letters() == []
