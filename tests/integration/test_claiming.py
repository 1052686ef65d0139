"""A claim takes from every lane in its turn, and looks at no more lanes than it uses."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import orjson
import psycopg
import pytest
from sqlalchemy.engine import make_url

from app.core.times import now_ms
from app.ledger.leases import Ledger, open_ledger, postgresql, sqlite
from app.ledger.leases.postgresql_claim import CLAIM
from app.ledger.leases.sqlite_lanes import LANES_AT_ONCE, due_in_lanes, lanes_from
from app.models.webhook import FIRST_CONCURRENCY

WEBHOOKS = 12
TOKEN = "lse_test"
# Copies of a row under other keys: with few rows PostgreSQL takes any index for as good as another.
MORE = """
insert into {table} select (jsonb_populate_record({table}, jsonb_build_object(
  '{key}', 'whk_' || n, 'number', n + 1000))).*
from {table}, generate_series(1, 500) n where {key} = %(like)s
"""


@pytest.fixture
def ledger(database_url: str) -> Iterator[Ledger]:
    """The ledger of one worker."""
    with closing(open_ledger(database_url)) as opened:
        yield opened


@pytest.fixture
def webhook_ids(new_webhook, publish) -> list[str]:
    """Webhooks with five due deliveries each, in the order in which lanes are walked."""
    ids = sorted(new_webhook(name=f"Webhook {n}").id for n in range(WEBHOOKS))
    for _ in range(5):
        publish()
    return ids


def lanes_of(claimed) -> list[str]:
    """The webhooks of what was claimed, each once, in order."""
    return list(dict.fromkeys(delivery.webhook_id for delivery in claimed))


def test_claims_go_round_and_pass_no_lanes_room(ledger, webhook_ids):
    rounds = [ledger.claim(now_ms(), 4 * FIRST_CONCURRENCY, TOKEN) for _ in range(3)]
    assert [lanes_of(claimed) for claimed in rounds] == [webhook_ids[:4], webhook_ids[4:8], webhook_ids[8:]]
    taken = Counter(delivery.webhook_id for claimed in rounds for delivery in claimed)
    assert set(taken.values()) == {FIRST_CONCURRENCY}
    assert ledger.claim(now_ms(), 100, TOKEN) == []


def test_after_the_last_lane_comes_the_first(ledger, webhook_ids):
    first = ledger.claim(now_ms(), 9 * FIRST_CONCURRENCY, TOKEN)
    ledger.give_back(first, TOKEN)
    second = ledger.claim(now_ms(), 5 * FIRST_CONCURRENCY, TOKEN)
    assert lanes_of(second) == [*webhook_ids[9:], *webhook_ids[:2]]


def test_a_claim_goes_once_round_and_takes_all_there_is(ledger, webhook_ids):
    ledger.give_back(ledger.claim(now_ms(), FIRST_CONCURRENCY, TOKEN), TOKEN)
    claimed = ledger.claim(now_ms(), 1000, TOKEN)
    assert lanes_of(claimed) == [*webhook_ids[1:], webhook_ids[0]]
    assert len(claimed) == len({delivery.id for delivery in claimed}) == WEBHOOKS * FIRST_CONCURRENCY


@pytest.mark.databases("sqlite")
def test_no_more_lanes_are_read_than_are_asked_on_sqlite(database_url, new_webhook, publish):
    for n in range(2 * LANES_AT_ONCE[0]):
        new_webhook(name=f"Webhook {n}")
    publish()
    with sqlite3.connect(make_url(database_url).database or "") as db:
        lanes = lanes_from(db, "")
        claimed, asked = due_in_lanes(db, lanes, now_ms(), 3)
        left = list(lanes)
    assert len(claimed) == 3
    assert len(asked) == len(left) == LANES_AT_ONCE[0]


@pytest.mark.databases("postgresql")
def test_the_walk_ends_when_there_is_enough_on_postgresql(database_url, webhook_ids):
    values = {"now": now_ms(), "capacity": 2 * FIRST_CONCURRENCY, "token": TOKEN, "cursor": webhook_ids[4]}
    values |= {"ahead": "{}", "most_ahead": 0}
    with psycopg.connect(database_url.replace("+psycopg", "")) as db:
        plan = db.execute("explain (analyze, format json) " + CLAIM, values).fetchone()[0]
        db.rollback()
    walk = next(node for node in _nodes(plan[0]["Plan"]) if node.get("Subplan Name") == "CTE waiting")
    assert walk["Actual Rows"] <= 4, orjson.dumps(plan)


@pytest.mark.databases("sqlite")
def test_lanes_without_a_limit_are_not_asked_when_they_go_on_on_sqlite(database_url, webhook_ids):
    with sqlite3.connect(make_url(database_url).database or "") as db:
        plan = db.execute(
            "explain query plan " + sqlite.RATE_LIMITED, {"us": now_ms() * 1000, "ms": now_ms()}
        ).fetchall()
    assert [step[3] for step in plan if " lane " in step[3]] == [
        "SEARCH lane USING INDEX ix_lane_rate_limited (rate_limited_until_us>?)",
        "SEARCH lane USING INDEX ix_lane_held_until (held_until>?)",
    ]


@pytest.mark.databases("postgresql")
def test_lanes_without_a_limit_are_not_asked_when_they_go_on_on_postgresql(database_url, webhook_ids):
    url = database_url.replace("+psycopg", "")
    with psycopg.connect(url, options=postgresql.OPTIONS) as db:
        for table, key in (("webhook", "id"), ("lane", "webhook_id")):
            db.execute(MORE.format(table=table, key=key), {"like": webhook_ids[0]})
        db.execute("analyze webhook, lane")
        # As it is planned once it has been asked often: for any moment, not for a certain one.
        db.execute("set local plan_cache_mode = force_generic_plan")
        db.execute(
            "prepare rate_limited as " + postgresql.RATE_LIMITED % {"us": "$1::int8", "ms": "$2::int8"}
        )
        plan = db.execute("explain (format json) execute rate_limited (0, 0)").fetchone()[0]
        db.rollback()
    used = {node.get("Index Name") for node in _nodes(plan[0]["Plan"])}
    assert {"ix_lane_rate_limited", "ix_lane_held_until"} <= used, orjson.dumps(plan)


def _nodes(node):
    yield node
    for inner in node.get("Plans", ()):
        yield from _nodes(inner)
