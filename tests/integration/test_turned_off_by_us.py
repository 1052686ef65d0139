"""Before we turn a webhook off and when we do, people are told once; it may come back by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import current_app

from app.core.extensions import db
from app.core.times import utc_now
from app.maintenance.held_events import move_held_events
from app.maintenance.people import hand_over_mail, look_for_notices
from app.maintenance.recovery_probes import probe_recoveries
from app.maintenance.step import Turn
from app.maintenance.stranded_events import put_stranded_away
from app.models import Lane, Mail, Notice, RecoveryProbe
from app.models.webhook import GONE
from app.queries.changes import changes_of
from app.services import people, webhooks
from app.services.alerts import mail, notices
from tests.machine.receiver import Answer
from tests.machine.together import all_at_once

PASSWORD = "correct horse battery"


def never() -> bool:
    return False


def tell_people() -> None:
    look_for_notices(Turn(never))
    hand_over_mail(Turn(never))


def look_who_is_back() -> None:
    probe_recoveries(Turn(never))


@pytest.fixture
def new_webhook(new_webhook):
    """Webhooks that are turned off as soon as the number of failures is reached."""
    return lambda **changes: new_webhook(**{"failure_window_s": 0, **changes})


@pytest.fixture
def settings(settings, mail_server):
    return {**settings, "SMTP_URL": mail_server.url, "BASE_URL": "https://hooks.example.com"}


@pytest.fixture
def managers(space_id) -> list[str]:
    """Two people who may manage webhooks, and one who may not."""
    for name, role in (("ada", "owner"), ("bob", "admin"), ("eve", "support")):
        people.create_person(f"{name}@example.com", PASSWORD, space_id, role)
    return ["ada@example.com", "bob@example.com"]


@pytest.fixture
def fail(publish, runtime, receiver):
    """Lets so many tries fail, one after the other."""

    def do(times: int, answer: Answer | None = None) -> None:
        receiver.always(answer or Answer(401))
        for _ in range(times):
            publish()
        runtime.sweep()
        put_stranded_away(Turn(never))
        db.session.commit()

    return do


def kinds() -> list[str]:
    return [n.kind for n in db.session.query(Notice).order_by(Notice.id)]


def recipients(mail_server) -> list[str]:
    return sorted(letter["to"] for letter in mail_server.letters)


def test_people_are_warned_at_half_and_told_when_it_happens(
    managers, new_webhook, fail, rows, mail_server, space_id
):
    webhook = new_webhook(failure_limit=10)
    fail(4)
    tell_people()
    assert (kinds(), mail_server.letters) == ([], [])
    fail(1)
    tell_people()
    tell_people()
    assert recipients(mail_server) == managers
    warning = mail_server.letters[0]
    assert warning["subject"] == "“CRM sync” is failing and will be turned off"
    assert warning["from"] == "Hookdesk <hookdesk@hooks.example.com>"
    text = warning.get_content()
    assert "5 failed tries in a row since" in text
    assert "Why: 127.0.0.1 did not accept our password or key." in text
    assert f"https://hooks.example.com/webhooks/{webhook.id}" in text
    fail(5)
    assert rows.webhook(webhook.id).state == "stopped"
    tell_people()
    tell_people()
    assert kinds() == ["warning", "stopped"]
    assert recipients(mail_server) == sorted(managers * 2)
    told = mail_server.letters[-1]
    assert told["subject"] == "“CRM sync” was turned off"
    assert "10 events are waiting." in told.get_content()
    assert (
        "Next step: Update the authentication, test it, then resend. Fix the cause, test, turn it on, then send the 10"
        in told.get_content()
    )
    change = changes_of(space_id, webhook.id).changes[0]
    assert (change.kind, change.actor_kind, change.at) == (
        "stopped",
        "us",
        rows.webhook(webhook.id).state_since,
    )


def test_two_who_look_at_once_tell_once(app, managers, new_webhook, fail, mail_server):
    new_webhook(failure_limit=3)
    fail(3)
    all_at_once(app, tell_people)
    assert kinds() == ["stopped"]
    assert recipients(mail_server) == managers
    assert {m.status for m in db.session.query(Mail)} == {"sent"}


@pytest.mark.databases("sqlite")
def test_a_mail_server_that_is_away_is_tried_again(managers, new_webhook, fail, mail_server, rows, runtime):
    new_webhook(failure_limit=2)
    mail_server.stop()
    fail(2)
    tell_people()
    waiting = db.session.query(Mail).all()
    assert {(m.status, m.attempts) for m in waiting} == {("waiting", 1)}
    assert all(m.due_at > utc_now() + timedelta(seconds=50) for m in waiting)
    assert "ConnectionRefusedError" in waiting[0].error
    mail_server.start()
    assert mail.send_due() == 0
    make_mail_due()
    assert mail.send_due() == 2
    assert recipients(mail_server) == managers


def make_mail_due() -> None:
    db.session.query(Mail).update({"due_at": utc_now() - timedelta(seconds=1)})
    db.session.commit()


@pytest.mark.databases("sqlite")
def test_one_recipient_who_is_refused_does_not_stop_the_others(managers, new_webhook, fail, mail_server):
    new_webhook(failure_limit=2)
    mail_server.refused["ada@example.com"] = "550 No such person"
    fail(2)
    tell_people()
    assert recipients(mail_server) == ["bob@example.com"]
    refused = db.session.query(Mail).filter_by(recipient="ada@example.com").one()
    assert (refused.status, refused.error) == ("given_up", "550 No such person")


@pytest.mark.databases("sqlite")
def test_a_letter_is_given_up_after_two_days(managers, new_webhook, fail, mail_server):
    new_webhook(failure_limit=2)
    mail_server.temporary = True
    fail(2)
    tell_people()
    assert {m.status for m in db.session.query(Mail)} == {"waiting"}
    db.session.query(Mail).update(
        {"created_at": utc_now() - timedelta(days=2, minutes=1), "due_at": utc_now()}
    )
    db.session.commit()
    assert mail.send_due() == 0
    assert {m.status for m in db.session.query(Mail)} == {"given_up"}


@pytest.mark.databases("sqlite")
def test_without_a_mail_server_nothing_is_written_but_it_is_noticed(app, managers, new_webhook, fail):
    from dataclasses import replace

    app.config["SETTINGS"] = replace(current_app.config["SETTINGS"], mail_server=None)
    new_webhook(failure_limit=2)
    fail(2)
    tell_people()
    assert kinds() == ["stopped"]
    assert db.session.query(Mail).count() == 0


def test_half_of_the_minutes_must_have_passed_too(new_webhook, fail, rows):
    webhook = new_webhook(failure_limit=4, failure_window_s=3600)
    fail(4)
    assert notices.look() == 0
    lane = db.session.get_one(Lane, webhook.id)
    lane.failing_seconds = 4  # not in one burst
    lane.failing_since = utc_now() - timedelta(minutes=31)
    db.session.commit()
    assert notices.look() == 1
    assert kinds() == ["warning"]


@pytest.mark.databases("sqlite")
def test_a_receiver_that_hiccups_is_one_letter_an_hour(managers, new_webhook, fail, mail_server, receiver):
    new_webhook(failure_limit=4, max_in_flight=1, retry={"schedule": []})
    for _ in range(3):
        fail(2)
        tell_people()
        fail(1, Answer(200))
    assert kinds() == ["warning"] * 3
    assert recipients(mail_server) == managers


@pytest.fixture
def ping_due_now():
    """Lets the waiting time before the next ping pass."""

    def do() -> None:
        db.session.query(RecoveryProbe).update({"due_at": utc_now() - timedelta(seconds=1)})
        db.session.commit()

    return do


def test_back_by_itself(
    managers, new_webhook, fail, publish, runtime, receiver, rows, mail_server, space_id, ping_due_now
):
    webhook = new_webhook(failure_limit=3, back_by_itself=True, max_in_flight=1)
    fail(3)
    waited = publish()
    tell_people()
    receiver.forget()
    look_who_is_back()
    assert receiver.requests == []  # the first ping comes after a minute
    gaps = []
    for _ in range(8):
        ping_due_now()
        look_who_is_back()
        db.session.expire_all()
        gaps.append(
            round((db.session.get_one(RecoveryProbe, webhook.id).due_at - utc_now()).total_seconds() / 60)
        )
    assert gaps == [2, 5, 10, 20, 30, 60, 60, 60]
    assert {r.json()["type"] for r in receiver.requests} == {"hookdesk.ping"}
    assert rows.webhook(webhook.id).state == "stopped"

    receiver.always(Answer(200))
    receiver.forget()
    ping_due_now()
    look_who_is_back()
    stored = rows.webhook(webhook.id)
    assert (stored.state, stored.lane.failures_in_a_row) == ("on", 0)
    move_held_events(Turn(never))
    runtime.sweep()
    assert receiver.requests[-1].header("webhook-id") == waited
    rows.make_due()  # what had failed keeps to its schedule
    runtime.sweep()
    assert set(rows.statuses()) == {"succeeded"}
    newest, *_rest = changes_of(space_id, webhook.id).changes
    assert (newest.kind, newest.actor_kind) == ("back", "us")
    tell_people()
    assert mail_server.letters[-1]["subject"] == "“CRM sync” works again"


@pytest.mark.databases("sqlite")
def test_who_is_back_only_for_a_moment_waits_longer_the_next_time(
    new_webhook, fail, receiver, ping_due_now, runtime, rows
):
    webhook = new_webhook(failure_limit=2, back_by_itself=True)
    fail(2)
    notices.look()
    for _ in range(3):
        ping_due_now()
        look_who_is_back()
    receiver.always(Answer(200))
    ping_due_now()
    look_who_is_back()
    assert rows.webhook(webhook.id).state == "on"
    fail(2)
    notices.look()
    planned = db.session.get_one(RecoveryProbe, webhook.id)
    assert timedelta(minutes=19) < planned.due_at - utc_now() <= timedelta(minutes=20)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("case", ["not asked for", "gone", "turned off by a person", "deleted"])
def test_no_pings(case, new_webhook, fail, receiver, ping_due_now, rows, space_id):
    webhook = new_webhook(failure_limit=2, back_by_itself=case != "not asked for")
    fail(2, Answer(410) if case == "gone" else Answer(500))
    assert (rows.webhook(webhook.id).state_reason == GONE) == (case == "gone")
    notices.look()
    if case == "turned off by a person":
        webhooks.disable(space_id, webhook.id)
    if case == "deleted":
        webhooks.delete(space_id, webhook.id)
    receiver.forget()
    ping_due_now()
    look_who_is_back()
    assert receiver.requests == []


def test_two_who_look_ping_once(app, new_webhook, fail, receiver, ping_due_now):
    new_webhook(failure_limit=2, back_by_itself=True)
    fail(2)
    notices.look()
    receiver.forget()
    ping_due_now()
    all_at_once(app, look_who_is_back)
    assert len(receiver.requests) == 1
