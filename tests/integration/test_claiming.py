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

from app.delivery.ledger import Ledger, open_ledger
from app.delivery.ledger.postgresql import CLAIM
from app.delivery.ledger.sqlite_lanes import LANES_AT_ONCE, due_in_lanes, lanes_from
from app.models.base import now_ms
from app.models.webhook import FIRST_ROOM

WEBHOOKS = 12
TOKEN = "lse_test"


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
    rounds = [ledger.claim(now_ms(), 4 * FIRST_ROOM, TOKEN) for _ in range(3)]
    assert [lanes_of(claimed) for claimed in rounds] == [webhook_ids[:4], webhook_ids[4:8], webhook_ids[8:]]
    taken = Counter(delivery.webhook_id for claimed in rounds for delivery in claimed)
    assert set(taken.values()) == {FIRST_ROOM}
    assert ledger.claim(now_ms(), 100, TOKEN) == []


def test_after_the_last_lane_comes_the_first(ledger, webhook_ids):
    first = ledger.claim(now_ms(), 9 * FIRST_ROOM, TOKEN)
    ledger.give_back(first, TOKEN)
    second = ledger.claim(now_ms(), 5 * FIRST_ROOM, TOKEN)
    assert lanes_of(second) == [*webhook_ids[9:], *webhook_ids[:2]]


def test_a_claim_goes_once_round_and_takes_all_there_is(ledger, webhook_ids):
    ledger.give_back(ledger.claim(now_ms(), FIRST_ROOM, TOKEN), TOKEN)
    claimed = ledger.claim(now_ms(), 1000, TOKEN)
    assert lanes_of(claimed) == [*webhook_ids[1:], webhook_ids[0]]
    assert len(claimed) == len({delivery.id for delivery in claimed}) == WEBHOOKS * FIRST_ROOM


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
    values = {"now": now_ms(), "room": 2 * FIRST_ROOM, "token": TOKEN, "cursor": webhook_ids[4]}
    with psycopg.connect(database_url.replace("+psycopg", "")) as db:
        plan = db.execute("explain (analyze, format json) " + CLAIM, values).fetchone()[0]
        db.rollback()
    walk = next(node for node in _nodes(plan[0]["Plan"]) if node.get("Subplan Name") == "CTE waiting")
    assert walk["Actual Rows"] <= 4, orjson.dumps(plan)


def _nodes(node):
    yield node
    for inner in node.get("Plans", ()):
        yield from _nodes(inner)
