"""Workers that claim from the same lanes at the same time, and record what they sent: each delivery is had once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from uuid import uuid4

import psycopg
import pytest

from app.core.times import now_ms
from app.core.transaction import transaction
from app.ledger.leases import Claimed, Entry, open_ledger
from app.ledger.leases.postgresql import PostgresqlLedger
from app.ledger.leases.postgresql_claim import CLAIM
from app.outbound import Exchange
from app.sending.engine.recording import entry_of
from app.sending.message.target import Target, target_from
from app.services.webhooks.holding import hold_waiting
from tests.machine.receiver import Answer

LANES = 3
EVENTS = 400
WORKERS = 4
AT_ONCE = 5


@pytest.fixture
def targets(app, database_url, new_webhook, publish) -> dict[str, Target]:
    """A few lanes that have much to send, and where it goes."""
    ids = [new_webhook(name=f"Webhook {n}").id for n in range(LANES)]
    for _ in range(EVENTS):
        publish()
    with closing(open_ledger(database_url)) as ledger:
        return {row["id"]: target_from(row, app.extensions["vault"].decrypt) for row in ledger.webhooks(ids)}


@pytest.mark.databases("postgresql")
def test_workers_that_claim_together_have_each_delivery_once(database_url, targets):
    with ThreadPoolExecutor(WORKERS) as pool:
        had = list(pool.map(lambda _: list(sent(database_url, targets)), range(WORKERS)))
    times = Counter(delivery_id for ids in had for delivery_id in ids)
    assert (len(times), set(times.values())) == (LANES * EVENTS, {1})


def sent(database_url: str, targets: dict[str, Target]) -> Iterator[str]:
    """Claims and records in small steps, as one worker, until nothing is left; the ids that it had."""
    with closing(open_ledger(database_url)) as ledger:
        empty = 0
        while empty < 20:
            token = f"lse_{uuid4().hex}"
            claimed = ledger.claim(now_ms(), AT_ONCE, token)
            empty = 0 if claimed else empty + 1
            if claimed:
                ledger.record([answered(c, targets[c.webhook_id], token) for c in claimed], now_ms())
                yield from (c.id for c in claimed)


def answered(claimed: Claimed, target: Target, token: str) -> Entry:
    """The outcome of an attempt that a receiver answered with 200."""
    return entry_of(claimed, target, None, Exchange(started_at_ms=now_ms(), status=200), token, now_ms())


@pytest.mark.databases("postgresql")
@pytest.mark.parametrize("change", ["claimed by another", "held"])
def test_a_claim_leaves_out_a_lane_that_changed_since_it_began(change, database_url, new_webhook, publish):
    webhook = new_webhook()
    publish()
    plain = database_url.replace("+psycopg", "")
    slow = CLAIM.replace("-1 as round", "-1 as round from pg_sleep(0.5)")
    values = {
        "now": now_ms(),
        "capacity": AT_ONCE,
        "token": "lse_late",
        "cursor": "",
        "ahead": "{}",
        "most_ahead": 0,
    }
    with psycopg.connect(plain) as late, ThreadPoolExecutor(1) as pool:
        claim = pool.submit(lambda: late.execute(slow, values).fetchall())
        wait_until_asleep(plain)
        if change == "held":
            with transaction() as session:
                assert hold_waiting(session, webhook.id).rows == 1
        else:
            with closing(open_ledger(database_url)) as ledger:
                assert len(ledger.claim(now_ms(), AT_ONCE, "lse_first")) == 1
        assert claim.result() == []


def wait_until_asleep(url: str) -> None:
    """Until a statement that sleeps has begun."""
    with psycopg.connect(url, autocommit=True) as db:
        while not db.execute("select 1 from pg_stat_activity where wait_event = 'PgSleep'").fetchall():
            time.sleep(0.01)


@pytest.mark.databases("postgresql")
def test_an_engine_that_is_alone_does_not_look_twice_for_what_others_left(
    monkeypatch, new_webhook, publish, runtime, receiver
):
    """Lanes that are full give nothing, and a claim that finds nothing holds up the record after it."""
    receiver.always(Answer(200, delay_s=0.06))  # of quick receivers more is claimed at a time
    found: list[int] = []
    claim = PostgresqlLedger.claim
    monkeypatch.setattr(PostgresqlLedger, "claim", lambda *a: found.append(len(one := claim(*a))) or one)
    new_webhook(max_in_flight=4)
    for _ in range(100):
        publish()
    assert runtime.sweep() == 100
    assert len(found) >= 100 / 4
    assert found.count(0) <= len(found) / 4
