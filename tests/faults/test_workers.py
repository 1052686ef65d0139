"""Workers that are killed, stopped, doubled."""

from __future__ import annotations

from app.extensions import db
from app.models import Attempt
from tests.machine.receiver import Answer


def test_kill_9_in_mid_delivery(desk, new_worker, receiver):
    receiver.always(Answer(200, delay_s=0.4))
    for _ in range(4):
        desk.add_webhook()
    first = new_worker()
    desk.publish(20)
    receiver.wait_for(10)
    first.kill()
    # 20 events, 4 webhooks: the promises are told per webhook by the number of requests.
    new_worker()
    desk.wait_until_done()
    with desk.app.app_context():
        unknown = db.session.query(Attempt).filter_by(outcome="unknown").count()
        assert unknown > 0
        tries = db.session.query(Attempt).filter(Attempt.outcome != "unknown").count()
    assert tries >= 80
    assert len(receiver.requests) <= tries + unknown
    assert len({(r.header("webhook-id"), r.header("webhook-signature")) for r in receiver.requests}) >= 80


def test_kill_9_keeps_every_promise(desk, new_worker, receiver):
    receiver.always(Answer(200, delay_s=0.2))
    desk.add_webhook(max_in_flight=20)
    first = new_worker()
    desk.publish(100)
    receiver.wait_for(30)
    first.kill()
    new_worker()
    desk.wait_until_done()
    desk.assert_promises()


def test_sigterm_finishes_what_is_in_flight(desk, new_worker, receiver):
    receiver.always(Answer(200, delay_s=0.5))
    desk.add_webhook(max_in_flight=5)
    first = new_worker()
    desk.publish(30)
    receiver.wait_for(5)
    assert first.terminate() == 0
    with desk.app.app_context():
        assert db.session.query(Attempt).filter_by(outcome="unknown").count() == 0
        assert db.session.query(Attempt).count() == len(receiver.requests)
    new_worker()
    desk.wait_until_done()
    desk.assert_promises()
    assert len(receiver.requests) == 30


def test_three_workers_share_a_backlog_without_a_repeat(desk, new_worker, receiver):
    for _ in range(1):
        desk.add_webhook(max_in_flight=50)
    desk.publish(1500)
    for _ in range(3):
        new_worker()
    desk.wait_until_done()
    desk.assert_promises()
    assert len(receiver.requests) == 1500
