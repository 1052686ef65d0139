"""A search goes along an index, however many events there are; a page of an event needs few queries."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from app.core.extensions import db
from app.core.times import utc_now
from app.ledger.search import postgresql
from app.maintenance.search_keys import take_new
from app.models import Event
from app.queries.events.finding import EventFilters, event_detail, find_events
from tests.web.makers import id_at, make_webhook
from tests.web.test_plans import plan_of, scans_in, watched

MANY = 8_000


@pytest.fixture
def many_events(space_id, monkeypatch) -> list[str]:
    """Their ids, oldest first: each has an e-mail address of its own, and all are open."""
    for name, value in {
        "NEWEST": 20,
        "MOST_IN_BLOCK": 5,
        "FEW": 1,
    }.items():  # as many blocks as millions have
        monkeypatch.setattr(postgresql, name, value)
    begin = utc_now() - timedelta(hours=3)
    rows = [
        {
            "id": id_at("evt", begin + timedelta(seconds=n)),
            "space_id": space_id,
            "type": "lead.created",
            "data": b'{"email":"person%05d@example.com","status":"open"}' % n,
            "object_id": None,
            "occurred_at": begin,
            "created_at": begin + timedelta(seconds=n),
            "deliveries_count": 0,
        }
        for n in range(MANY)
    ]
    db.session.execute(insert(Event), rows)
    db.session.commit()
    while take_new().more:
        pass
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("select gin_clean_pending_list('ix_event_search_keys')"))
        db.session.execute(text("analyze"))
        db.session.commit()
    return [row["id"] for row in rows]


def plans(typed: str) -> list[str]:
    with watched() as statements:
        find_events_of(typed)
    return [plan_of(statement, parameters) for statement, parameters in statements]


def find_events_of(typed: str) -> list[str]:
    space_id = db.session.scalar(text("select id from space"))
    return [event.id for event in find_events(space_id, EventFilters(q=typed), None, 25)[0]]


def test_rare_and_common_words_and_beginnings_go_along_an_index(many_events):
    assert find_events_of("person00042@example.com") == [many_events[42]]
    assert find_events_of("person0004") == many_events[49:39:-1]
    assert find_events_of("open") == many_events[:-26:-1]
    for typed in ("person00042@example.com", "person0004", "open", "person00042", "nowhere", "+48600700800"):
        found = plans(typed)
        assert [plan for plan in found if scans_in(plan) or "Seq Scan on event_search" in plan] == [], typed
        searched = [plan for plan in found if "event_search" in plan]
        assert searched, typed
        if db.engine.dialect.name == "sqlite":
            assert all(re.search(r"VIRTUAL TABLE INDEX \d+:\S*M", plan) for plan in searched), searched
    if db.engine.dialect.name == "postgresql":
        by_keys = [plan for plan in plans("person00042@example.com") if "ix_event_search_keys" in plan]
        read = [int(rows) for plan in by_keys for rows in re.findall(r"actual rows=(\d+)", plan)]
        assert by_keys and max(read) <= 1
        assert any("Index Scan Backward using ix_event_search_place" in plan for plan in plans("open"))


def test_taking_keys_reads_what_is_new_alone(many_events):
    with watched() as statements:
        assert take_new().rows == 0
    wrong = [
        plan for one in statements if scans_in(plan := plan_of(*one)) or "Seq Scan on event_search" in plan
    ]
    assert wrong == []


def test_the_reasons_take_few_queries_however_many_webhooks_there_are(space_id, many_events):
    for n in range(30):
        make_webhook(space_id, name=f"Hook {n}", state="off" if n % 2 else "on")
    with watched() as statements:
        detail = event_detail(space_id, many_events[-1])
    assert len(detail.not_sent) == 30
    assert len(statements) <= 7
    assert [plan for one in statements if "event" in scans_in(plan := plan_of(*one))] == []
