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


def _unknown(token_store) -> int:
    with token_store.app.app_context():
        return db.session.query(Attempt).filter_by(outcome="unknown").count()


@pytest.mark.slow_faults
def test_kill_9_and_the_leases_end_by_themselves(token_store, new_worker, receiver):
    receiver.always(Answer(200, delay_s=0.4))
    for _ in range(4):
        token_store.add_webhook()
    first = new_worker()
    token_store.publish(20)
    receiver.wait_for(10)
    first.kill()
    new_worker()
    token_store.wait_until_done()
    assert _unknown(token_store) > 0
    token_store.assert_promises()


@pytest.mark.slow_faults
def test_kill_9_of_one_of_two(token_store, new_worker, receiver):
    receiver.always(Answer(200, delay_s=0.3))
    token_store.add_webhook(max_in_flight=20)
    token_store.add_webhook(max_in_flight=20)
    first, _second = new_worker(), new_worker()
    token_store.publish(100)
    receiver.wait_for(60)
    first.kill()
    token_store.publish(20)
    token_store.let_leases_end()  # also the other worker's: what it then records comes too late, and is known as lost
    token_store.wait_until_done()
    token_store.assert_promises()


def test_kill_9_of_all(token_store, new_worker, receiver):
    receiver.always(Answer(200, delay_s=0.3))
    token_store.add_webhook(max_in_flight=20)
    workers = [new_worker(), new_worker()]
    token_store.publish(100)
    receiver.wait_for(30)
    for process in workers:
        process.kill()
    token_store.publish(20)
    lost = token_store.let_leases_end()
    new_worker()
    token_store.wait_until_done()
    assert _unknown(token_store) == lost > 0
    token_store.assert_promises()


def test_sigterm_finishes_what_is_in_flight(token_store, new_worker, receiver):
    receiver.always(Answer(200, delay_s=0.5))
    token_store.add_webhook(max_in_flight=5)
    first = new_worker()
    token_store.publish(30)
    receiver.wait_for(5)
    assert first.terminate() == 0
    with token_store.app.app_context():
        assert db.session.query(Attempt).count() == len(receiver.requests)
    assert _unknown(token_store) == 0
    new_worker()
    token_store.wait_until_done()
    token_store.assert_promises()
    assert len(receiver.requests) == 30


def test_sigterm_gives_back_what_was_not_sent_yet(token_store, new_worker, receiver):
    """More is claimed than is sent at once; what is left goes to the next worker without waiting for leases."""
    receiver.always(Answer(200, delay_s=1.0))
    for _ in range(60):
        token_store.add_webhook(timeout_s=5)
    first = new_worker()
    token_store.publish(4)
    receiver.wait_for(20)
    assert first.terminate() == 0
    with token_store.app.app_context():
        assert db.session.query(Attempt).count() == len(receiver.requests) < 240
        assert db.session.query(Lease).count() == 0
        assert db.session.scalar(select(func.sum(Lane.in_flight))) == 0
    receiver.always(Answer(200))
    new_worker()
    token_store.wait_until_done()
    token_store.assert_promises()
    assert _unknown(token_store) == 0
    assert len(receiver.requests) == 240


@pytest.mark.slow_faults
def test_workers_come_and_go(token_store, new_worker, receiver):
    token_store.add_webhook(max_in_flight=50)
    token_store.publish(1500)
    first = new_worker()
    receiver.wait_for(100)
    others = [new_worker(), new_worker()]
    assert first.terminate() == 0
    token_store.publish(500)
    token_store.wait_until_done()
    assert others[0].terminate() == 0
    token_store.publish(50)
    token_store.wait_until_done()
    token_store.assert_promises()
    assert len(receiver.requests) == 2050


@pytest.mark.slow_faults
def test_doubled_doorbells(token_store, new_worker, receiver, redis_server):
    """Every ring reaches two workers, as job and by the channel, again and again: nothing is sent twice."""
    token_store.add_webhook(max_in_flight=20)
    new_worker()
    new_worker()
    token_store.publish(1)
    receiver.wait_for(1)
    doorbell = token_store.app.extensions["doorbell"]
    for _ in range(20):
        token_store.publish(20)
        for _ in range(10):
            redis_server.flush()  # the flag that a job is waiting: each ring puts another one into the queue
            doorbell.ring()
    token_store.wait_until_done()
    token_store.assert_promises()
    assert len(receiver.requests) == 401


def test_two_sweepers_release_each_lost_delivery_once(token_store, new_worker, receiver):
    receiver.always(Answer(200, silent=True))
    for _ in range(20):
        token_store.add_webhook(timeout_s=30)
    first = new_worker()
    token_store.publish(2)
    receiver.wait_for(20)
    first.kill()
    lost = token_store.let_leases_end()
    threads = [threading.Thread(target=_release, args=(token_store.app,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _unknown(token_store) == lost >= 20
    receiver.always(Answer(200))
    new_worker()
    token_store.wait_until_done()
    token_store.assert_promises()
    assert len(receiver.requests) <= 40 + lost


def _release(app) -> None:
    with app.app_context():
        release_lost_leases(Turn(lambda: False, 10))


@pytest.mark.slow_faults
def test_eight_workers_on_one_backlog(token_store, new_worker, receiver):
    """8 workers × 50,000 deliveries: what arrived is what was accepted, without a repeat."""
    webhooks, each = 8, 6_250
    for _ in range(webhooks):
        token_store.add_webhook(max_in_flight=100, timeout_s=30)  # the receiver is the slowest here
    token_store.publish(each)
    for _ in range(8):
        new_worker()
    token_store.wait_until_done(240)
    token_store.assert_promises()
    assert len(receiver.requests) == webhooks * each
