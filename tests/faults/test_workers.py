"""Workers that are killed, stopped, doubled; that come and go."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import Attempt, Lane, Lease
from app.services.housekeeping import release_lost
from tests.machine.receiver import Answer


def _unknown(desk) -> int:
    with desk.app.app_context():
        return db.session.query(Attempt).filter_by(outcome="unknown").count()


@pytest.mark.slow_faults
def test_kill_9_and_the_leases_end_by_themselves(desk, new_worker, receiver):
    receiver.always(Answer(200, delay_s=0.4))
    for _ in range(4):
        desk.add_webhook()
    first = new_worker()
    desk.publish(20)
    receiver.wait_for(10)
    first.kill()
    new_worker()
    desk.wait_until_done()
    assert _unknown(desk) > 0
    desk.assert_promises()


@pytest.mark.slow_faults
def test_kill_9_of_one_of_two(desk, new_worker, receiver):
    receiver.always(Answer(200, delay_s=0.3))
    desk.add_webhook(max_in_flight=20)
    desk.add_webhook(max_in_flight=20)
    first, _second = new_worker(), new_worker()
    desk.publish(100)
    receiver.wait_for(60)
    first.kill()
    desk.publish(20)
    desk.let_leases_end()  # also the other worker's: what it then records comes too late, and is known as lost
    desk.wait_until_done()
    desk.assert_promises()


def test_kill_9_of_all(desk, new_worker, receiver):
    receiver.always(Answer(200, delay_s=0.3))
    desk.add_webhook(max_in_flight=20)
    workers = [new_worker(), new_worker()]
    desk.publish(100)
    receiver.wait_for(30)
    for process in workers:
        process.kill()
    desk.publish(20)
    lost = desk.let_leases_end()
    new_worker()
    desk.wait_until_done()
    assert _unknown(desk) == lost > 0
    desk.assert_promises()


def test_sigterm_finishes_what_is_in_flight(desk, new_worker, receiver):
    receiver.always(Answer(200, delay_s=0.5))
    desk.add_webhook(max_in_flight=5)
    first = new_worker()
    desk.publish(30)
    receiver.wait_for(5)
    assert first.terminate() == 0
    with desk.app.app_context():
        assert db.session.query(Attempt).count() == len(receiver.requests)
    assert _unknown(desk) == 0
    new_worker()
    desk.wait_until_done()
    desk.assert_promises()
    assert len(receiver.requests) == 30


def test_sigterm_gives_back_what_was_not_sent_yet(desk, new_worker, receiver):
    """More is claimed than is sent at once; what is left goes to the next worker without waiting for leases."""
    receiver.always(Answer(200, delay_s=1.0))
    for _ in range(60):
        desk.add_webhook(timeout_s=5)
    first = new_worker()
    desk.publish(4)
    receiver.wait_for(20)
    assert first.terminate() == 0
    with desk.app.app_context():
        assert db.session.query(Attempt).count() == len(receiver.requests) < 240
        assert db.session.query(Lease).count() == 0
        assert db.session.scalar(select(func.sum(Lane.in_flight))) == 0
    receiver.always(Answer(200))
    new_worker()
    desk.wait_until_done()
    desk.assert_promises()
    assert _unknown(desk) == 0
    assert len(receiver.requests) == 240


@pytest.mark.slow_faults
def test_workers_come_and_go(desk, new_worker, receiver):
    desk.add_webhook(max_in_flight=50)
    desk.publish(1500)
    first = new_worker()
    receiver.wait_for(100)
    others = [new_worker(), new_worker()]
    assert first.terminate() == 0
    desk.publish(500)
    desk.wait_until_done()
    assert others[0].terminate() == 0
    desk.publish(50)
    desk.wait_until_done()
    desk.assert_promises()
    assert len(receiver.requests) == 2050


@pytest.mark.slow_faults
def test_doubled_doorbells(desk, new_worker, receiver, redis_server):
    """Every ring reaches two workers, as job and by the channel, again and again: nothing is sent twice."""
    desk.add_webhook(max_in_flight=20)
    new_worker()
    new_worker()
    desk.publish(1)
    receiver.wait_for(1)
    doorbell = desk.app.extensions["doorbell"]
    for _ in range(20):
        desk.publish(20)
        for _ in range(10):
            redis_server.flush()  # the flag that a job is waiting: each ring puts another one into the queue
            doorbell.ring()
    desk.wait_until_done()
    desk.assert_promises()
    assert len(receiver.requests) == 401


def test_two_sweepers_release_each_lost_delivery_once(desk, new_worker, receiver):
    receiver.always(Answer(200, silent=True))
    for _ in range(20):
        desk.add_webhook(timeout_s=30)
    first = new_worker()
    desk.publish(2)
    receiver.wait_for(20)
    first.kill()
    lost = desk.let_leases_end()
    released: list[int] = []
    threads = [threading.Thread(target=_sweep, args=(desk.app, released)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(released) == _unknown(desk) == lost >= 20
    receiver.always(Answer(200))
    new_worker()
    desk.wait_until_done()
    desk.assert_promises()
    assert len(receiver.requests) <= 40 + lost


def _sweep(app, released: list[int]) -> None:
    with app.app_context():
        released.append(release_lost())


@pytest.mark.slow_faults
def test_eight_workers_on_one_backlog(desk, new_worker, receiver):
    """8 workers × 50,000 deliveries: what arrived is what was accepted, without a repeat."""
    webhooks, each = 8, 6_250
    for _ in range(webhooks):
        desk.add_webhook(max_in_flight=100, timeout_s=30)  # the receiver is the slowest here
    desk.publish(each)
    for _ in range(8):
        new_worker()
    desk.wait_until_done(240)
    desk.assert_promises()
    assert len(receiver.requests) == webhooks * each
