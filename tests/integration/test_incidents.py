"""Incidents: what the engine left in lanes and tries becomes rows that open, count and close, on each database."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest

from app.core.extensions import db
from app.core.times import ms_of, utc_now
from app.core.transaction import transaction
from app.maintenance.incidents import find_incidents
from app.maintenance.step import Turn
from app.models import Attempt, Incident, Lane
from app.services import webhooks
from app.services.incidents import announce, counting, finding
from tests.machine.receiver import Answer

CADDY = [("Server", "Caddy/2.8 (Linux)")]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """Here nothing is recorded by others while it is counted."""
    monkeypatch.setattr(finding, "LAG", timedelta(seconds=-1))


def look() -> list[Incident]:
    """Let the step do all it has to do; returns all incidents, oldest first."""
    while find_incidents(Turn(lambda: False)):
        pass
    db.session.commit()
    db.session.expire_all()
    return db.session.query(Incident).order_by(Incident.id).all()


def told() -> list[str]:
    """What was announced and nobody has taken, in order; it is taken with this."""
    with transaction() as session:
        found = announce.untold(session)
        kinds = [one.kind for one in found]
        announce.told(session, [one.id for one in found])
    return kinds


@pytest.fixture
def send(publish, runtime, receiver):
    """Publishes events that the receiver answers so, and delivers them."""

    def do(status: int, times: int = 1, **answer) -> None:
        receiver.always(Answer(status, headers=CADDY, **answer))
        for _ in range(times):
            publish()
        runtime.sweep()

    return do


def test_two_failures_are_no_incident_and_three_are_one(new_webhook, send):
    webhook = new_webhook()
    send(401, 2)
    assert look() == []
    send(401)
    [incident] = look()
    assert (incident.webhook_id, incident.closed_at, incident.reason) == (webhook.id, None, "http_401")
    assert (incident.failed, incident.attempts) == (3, 3)
    first = db.session.query(Attempt).order_by(Attempt.started_at).first()
    assert incident.opened_at == first.started_at
    assert told() == ["opened"]


def test_it_counts_events_once_and_tries_each_time(new_webhook, send, rows, runtime):
    new_webhook(retry={"schedule": [300, 600]})
    send(401, 4)
    look()
    rows.make_due()
    runtime.sweep()
    [incident] = look()
    assert (incident.failed, incident.attempts) == (4, 8)


def test_several_reasons_are_told_apart(new_webhook, send):
    new_webhook()
    send(401, 3)
    look()
    send(503, 5)
    [incident] = look()
    told_apart = {one["reason"]: (one["failed"], one["server"], one["status"]) for one in incident.reasons}
    assert told_apart == {"http_401": (3, "Caddy", 401), "http_503": (5, "Caddy", 503)}
    assert incident.reason == "http_503"
    assert incident.failed == sum(one["failed"] for one in incident.reasons) == 8


def test_the_try_that_is_accepted_ends_it(new_webhook, send):
    new_webhook()
    send(401, 3)
    look()
    send(200)
    [incident] = look()
    accepted = db.session.query(Attempt).filter_by(outcome="succeeded").one()
    ended = ms_of(accepted.started_at) + accepted.duration_us // 1000
    assert (ms_of(incident.closed_at), incident.ended_by) == (ended, "accepted")
    assert told() == ["opened", "closed"]
    lane = db.session.query(Lane).one()
    assert (lane.ended_run_since, lane.ended_run_at) == (None, None)


def test_what_opened_and_ended_while_nobody_looked_is_told(new_webhook, send):
    new_webhook()
    send(401, 4)
    send(200)
    [incident] = look()
    assert (incident.failed, incident.ended_by) == (4, "accepted")
    assert told() == ["opened", "closed"]


def test_failures_and_the_success_of_one_batch_are_told_too(new_webhook, publish, runtime, receiver):
    new_webhook(max_in_flight=1)
    receiver.answer(*[Answer(500)] * 3)
    for _ in range(4):
        publish()
    runtime.sweep()
    [incident] = look()
    assert (incident.failed, incident.ended_by) == (3, "accepted")


def test_one_that_fails_again_at_once_goes_on(new_webhook, send):
    new_webhook()
    for _ in range(2):
        send(401, 3)
        send(200)
        look()
    send(401, 3)
    [incident] = look()
    assert (incident.failed, incident.closed_at) == (9, None)


def test_one_that_fails_again_later_is_another(new_webhook, send, monkeypatch):
    monkeypatch.setattr(finding, "SAME_WITHIN", timedelta(seconds=-60))
    new_webhook()
    send(401, 3)
    send(200)
    look()
    send(503, 3)
    first, second = look()
    assert (first.reason, second.reason) == ("http_401", "http_503")
    assert second.failed == 3


def test_turned_off_turned_on_and_deleted(new_webhook, send, space_id):
    webhook = new_webhook()
    send(401, 3)
    look()
    webhooks.disable(space_id, webhook.id)
    [incident] = look()
    assert incident.ended_by == "turned_off"
    webhooks.delete(space_id, webhook.id)
    assert len(look()) == 1


def test_it_stays_open_while_we_turned_it_off_and_ends_with_turning_on(new_webhook, send, space_id, receiver):
    webhook = new_webhook(failure_limit=3, failure_window_s=0)
    send(401, 3)
    [incident] = look()
    assert incident.closed_at is None
    receiver.always(Answer(200))
    webhooks.enable(space_id, webhook.id)
    [incident] = look()
    assert incident.ended_by == "turned_on"
    assert incident.closed_at >= incident.last_failure_at


def test_one_answer_of_gone_is_an_incident(new_webhook, send):
    new_webhook()
    send(410)
    [incident] = look()
    assert (incident.reason, incident.failed, incident.closed_at) == ("http_410", 1, None)


def test_looking_twice_or_by_several_workers_changes_nothing(app, new_webhook, send):
    for n in range(3):
        new_webhook(name=f"Hook {n}")
    send(401, 5)

    def work() -> None:
        with app.test_request_context():
            while find_incidents(Turn(lambda: False)):
                pass

    for _ in range(2):
        workers = [threading.Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    found = look()
    assert Counter(one.webhook_id for one in found).most_common(1)[0][1] == 1
    assert [(one.failed, one.attempts) for one in found] == [(5, 5)] * 3
    assert told() == ["opened"] * 3


def test_many_failures_are_counted_in_steps(new_webhook, send, monkeypatch):
    monkeypatch.setattr(counting, "COUNT_AT_ONCE", 4)
    new_webhook(max_in_flight=5)
    send(500, 10)
    [incident] = look()
    assert incident.failed == 10


def test_what_was_recorded_just_now_is_left_for_the_next_look(new_webhook, send, monkeypatch):
    monkeypatch.setattr(finding, "LAG", timedelta(seconds=30))
    new_webhook()
    send(401, 3)
    send(200)
    [incident] = look()
    assert (incident.failed, incident.closed_at) == (0, None)
    with transaction() as session:
        finding.follow(session, incident.id, utc_now() + timedelta(minutes=1))
    [incident] = look()
    assert (incident.failed, incident.ended_by) == (3, "accepted")


def test_a_receiver_of_many_faces_does_not_make_an_incident_grow(new_webhook, send):
    new_webhook(max_in_flight=1)
    for status in range(400, 440):
        if status != 410:
            send(status)
    [incident] = look()
    assert len(incident.reasons) == 31
    assert incident.failed == 39
    assert sum(one["failed"] for one in incident.reasons) == 39


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (b'[["Server","Apache/2.4.1 (Unix)"]]', "Apache"),
        (b'[["server","cloudflare"]]', "cloudflare"),
        (b'[["content-type","text/plain"]]', ""),
        (None, ""),
        (b'[["server","\\u202ex' + b"y" * 300 + b'"]]', "x" + "y" * 38 + "…"),
    ],
)
@pytest.mark.databases("sqlite")
def test_what_a_receiver_calls_itself(said, name):
    assert counting.server_name(said) == name
