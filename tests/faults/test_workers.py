"""Workers that are killed, stopped, doubled; that come and go."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from app.core.extensions import db
from app.maintenance.lost_leases import release_lost_leases
from app.maintenance.step import Turn
from app.models import Attempt, Lane, Lease
from tests.machine.receiver import Answer


def _unknown(installation) -> int:
    with installation.app.app_context():
        return db.session.query(Attempt).filter_by(outcome="unknown").count()


@pytest.mark.slow_faults
def test_kill_9_and_the_leases_end_by_themselves(installation, new_worker, receiver):
    receiver.always(Answer(200, delay_s=0.4))
    for _ in range(4):
        installation.add_webhook()
    first = new_worker()
    installation.publish(20)
    receiver.wait_for(10)
    first.kill()
    new_worker()
    installation.wait_until_done()
    assert _unknown(installation) > 0
    installation.assert_promises()


@pytest.mark.slow_faults
def test_kill_9_of_one_of_two(installation, new_worker, receiver):
    receiver.always(Answer(200, delay_s=0.3))
    installation.add_webhook(max_in_flight=20)
    installation.add_webhook(max_in_flight=20)
    first, _second = new_worker(), new_worker()
    installation.publish(100)
    receiver.wait_for(60)
    first.kill()
    installation.publish(20)
    installation.let_leases_end()  # also the other worker's: what it then records comes too late, and is known as lost
    installation.wait_until_done()
    installation.assert_promises()


def test_kill_9_of_all(installation, new_worker, receiver):
    receiver.always(Answer(200, delay_s=0.3))
    installation.add_webhook(max_in_flight=20)
    workers = [new_worker(), new_worker()]
    installation.publish(100)
    receiver.wait_for(30)
    for process in workers:
        process.kill()
    installation.publish(20)
    lost = installation.let_leases_end()
    new_worker()
    installation.wait_until_done()
    assert _unknown(installation) == lost > 0
    installation.assert_promises()


def test_sigterm_finishes_what_is_in_flight(installation, new_worker, receiver):
    receiver.always(Answer(200, delay_s=0.5))
    installation.add_webhook(max_in_flight=5)
    first = new_worker()
    installation.publish(30)
    receiver.wait_for(5)
    assert first.terminate() == 0
    with installation.app.app_context():
        assert db.session.query(Attempt).count() == len(receiver.requests)
    assert _unknown(installation) == 0
    new_worker()
    installation.wait_until_done()
    installation.assert_promises()
    assert len(receiver.requests) == 30


def test_sigterm_gives_back_what_was_not_sent_yet(installation, new_worker, receiver):
    """More is claimed than is sent at once; what is left goes to the next worker without waiting for leases."""
    receiver.always(Answer(200, delay_s=1.0))
    for _ in range(60):
        installation.add_webhook(timeout_s=5)
    first = new_worker()
    installation.publish(4)
    receiver.wait_for(20)
    assert first.terminate() == 0
    with installation.app.app_context():
        assert db.session.query(Attempt).count() == len(receiver.requests) < 240
        assert db.session.query(Lease).count() == 0
        assert db.session.scalar(select(func.sum(Lane.in_flight))) == 0
    receiver.always(Answer(200))
    new_worker()
    installation.wait_until_done()
    installation.assert_promises()
    assert _unknown(installation) == 0
    assert len(receiver.requests) == 240


@pytest.mark.slow_faults
def test_workers_come_and_go(installation, new_worker, receiver):
    installation.add_webhook(max_in_flight=50)
    installation.publish(1500)
    first = new_worker()
    receiver.wait_for(100)
    others = [new_worker(), new_worker()]
    assert first.terminate() == 0
    installation.publish(500)
    installation.wait_until_done()
    assert others[0].terminate() == 0
    installation.publish(50)
    installation.wait_until_done()
    installation.assert_promises()
    assert len(receiver.requests) == 2050


@pytest.mark.slow_faults
def test_doubled_doorbells(installation, new_worker, receiver, redis_server):
    """Every ring reaches two workers, as job and by the channel, again and again: nothing is sent twice."""
    installation.add_webhook(max_in_flight=20)
    new_worker()
    new_worker()
    installation.publish(1)
    receiver.wait_for(1)
    doorbell = installation.app.extensions["doorbell"]
    for _ in range(20):
        installation.publish(20)
        for _ in range(10):
            redis_server.flush()  # the flag that a job is waiting: each ring puts another one into the queue
            doorbell.ring()
    installation.wait_until_done()
    installation.assert_promises()
    assert len(receiver.requests) == 401


def test_two_sweepers_release_each_lost_delivery_once(installation, new_worker, receiver):
    receiver.always(Answer(200, silent=True))
    for _ in range(20):
        installation.add_webhook(timeout_s=30)
    first = new_worker()
    installation.publish(2)
    receiver.wait_for(20)
    first.kill()
    lost = installation.let_leases_end()
    threads = [threading.Thread(target=_release, args=(installation.app,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _unknown(installation) == lost >= 20
    receiver.always(Answer(200))
    new_worker()
    installation.wait_until_done()
    installation.assert_promises()
    assert len(receiver.requests) <= 40 + lost


def _release(app) -> None:
    with app.app_context():
        release_lost_leases(Turn(lambda: False, 10))


@pytest.mark.slow_faults
def test_eight_workers_on_one_backlog(installation, new_worker, receiver):
    """8 workers × 50,000 deliveries: what arrived is what was accepted, without a repeat."""
    webhooks, each = 8, 6_250
    for _ in range(webhooks):
        installation.add_webhook(max_in_flight=100, timeout_s=30)  # the receiver is the slowest here
    installation.publish(each)
    for _ in range(8):
        new_worker()
    installation.wait_until_done(240)
    installation.assert_promises()
    assert len(receiver.requests) == webhooks * each
