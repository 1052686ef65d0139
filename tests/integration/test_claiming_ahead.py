"""Of a quick webhook more is leased than may be under way: never more is sent at once, and what waits goes back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from app.core.extensions import db
from app.core.times import now_ms
from app.ledger.leases import Ledger, open_ledger
from app.ledger.leases.entries import MOST_AHEAD, TIMES_AHEAD
from app.models import Lane, Lease
from app.outbound import TransferLoop
from bench.receiver import most_together, running_receiver
from tests.machine.receiver import Answer

AT_ONCE, EVENTS = 4, 120


@pytest.fixture
def ledger(database_url: str) -> Iterator[Ledger]:
    """The ledger of one worker."""
    with closing(open_ledger(database_url)) as opened:
        yield opened


@pytest.fixture
def backlog(new_webhook, publish):
    """Makes a webhook with much to send that may have a few under way; arguments change its settings."""

    def make(**changes) -> str:
        webhook_id = new_webhook(max_in_flight=AT_ONCE, **changes).id
        db.session.get_one(Lane, webhook_id).concurrency_limit = AT_ONCE
        db.session.commit()
        for _ in range(EVENTS):
            publish()
        return webhook_id

    return make


def leased(webhook_id: str) -> tuple[int, int]:
    """How many of the webhook are leased by its lane's count, and by the leases."""
    db.session.rollback()
    lane = db.session.get_one(Lane, webhook_id, populate_existing=True)
    return lane.in_flight, db.session.query(Lease).filter_by(webhook_id=webhook_id).count()


def none_is_leased_soon(webhook_id: str) -> bool:
    """True once the database worker, which may have a thread, has written what was handed to it."""
    until = time.monotonic() + 5
    while leased(webhook_id) != (0, 0) and time.monotonic() < until:
        time.sleep(0.02)
    return leased(webhook_id) == (0, 0)


def test_a_claim_takes_more_than_may_be_under_way_and_says_how_many_may(ledger, backlog):
    webhook_id = backlog()
    claimed = ledger.claim(now_ms(), 1000, "lse_a", {webhook_id: 0})
    assert len(claimed) == AT_ONCE * TIMES_AHEAD < MOST_AHEAD
    assert {c.at_once for c in claimed} == {AT_ONCE}
    assert leased(webhook_id) == (len(claimed), len(claimed))


def test_what_others_have_leased_counts_as_under_way(database_url, ledger, backlog):
    webhook_id = backlog()
    with closing(open_ledger(database_url)) as other:
        assert len(other.claim(now_ms(), AT_ONCE - 1, "lse_b")) == AT_ONCE - 1
        mine = ledger.claim(now_ms(), 1000, "lse_a", {webhook_id: 0})
        assert {c.at_once for c in mine} == {1}
        assert len(mine) == TIMES_AHEAD
        assert other.claim(now_ms(), 1000, "lse_b", {webhook_id: AT_ONCE - 1}) == []
        assert other.claim(now_ms(), 1000, "lse_b") == []


def test_own_leases_are_topped_up(ledger, backlog):
    webhook_id = backlog()
    first = ledger.claim(now_ms(), 1000, "lse_a", {webhook_id: 0})
    ledger.give_back(first[:10], "lse_a")
    again = ledger.claim(now_ms(), 1000, "lse_a2", {webhook_id: len(first) - 10})
    assert (len(again), {c.at_once for c in again}) == (10, {AT_ONCE})


@pytest.mark.parametrize(("setting", "most"), [({"ordered": True}, 1), ({"rate_per_s": 2}, AT_ONCE)])
def test_order_and_rate_limit_hold(setting, most, ledger, backlog):
    webhook_id = backlog(**setting)
    claimed = ledger.claim(now_ms(), 1000, "lse_a", {webhook_id: 0})
    assert 1 <= len(claimed) <= most
    assert {c.at_once for c in claimed} == {0}


def test_a_quick_receiver_has_never_more_under_way(backlog, runtime, monkeypatch, rows):
    """As the engine counts them, and as the receiver does."""
    under_way: list[int] = []
    submit = TransferLoop.submit
    monkeypatch.setattr(
        TransferLoop, "submit", lambda self, *a: submit(self, *a) or under_way.append(self.in_flight)
    )
    taken: list[int] = []
    ledger = runtime._engine._database_worker._ledger
    claim = ledger.claim
    monkeypatch.setattr(ledger, "claim", lambda *a: taken.append(len(one := claim(*a))) or one)
    with running_receiver() as url:
        webhook_id = backlog(url=url)
        assert runtime.sweep() == EVENTS
        assert most_together(url) <= AT_ONCE
    assert max(under_way) == AT_ONCE
    assert max(taken) > AT_ONCE
    assert set(rows.statuses()) == {"succeeded"}
    assert none_is_leased_soon(webhook_id)


@pytest.mark.parametrize("answer", [Answer(500), Answer(200, delay_s=0.2), Answer(silent=True)])
def test_what_waits_goes_back_when_the_receiver_fails_slows_or_stops(answer, backlog, runtime, receiver):
    receiver.answer(*[Answer(200)] * 30)
    receiver.always(answer)
    webhook_id = backlog()
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(runtime._engine.run, runtime.stopping.is_set)
        receiver.wait_for(31)
        time.sleep(2.0)
        try:
            assert leased(webhook_id)[1] <= AT_ONCE
        finally:
            runtime.stopping.set()
            receiver.stop()
            run.result(timeout=60)
    assert none_is_leased_soon(webhook_id)


def test_a_stop_gives_back_at_once(backlog, runtime, receiver, rows):
    receiver.always(Answer(200, delay_s=0.03))
    webhook_id = backlog()
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(runtime._engine.run, runtime.stopping.is_set)
        receiver.wait_for(20)
        runtime.stopping.set()
        sent = run.result(timeout=5)
    assert sent < EVENTS
    assert none_is_leased_soon(webhook_id)
    assert rows.statuses().count("succeeded") == sent == len(receiver.requests)
