"""Events are found by what stands in their data, once the maintenance has taken their keys (C6)."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from app.core.extensions import db
from app.core.ids import new_id
from app.core.times import ms_of, utc_now
from app.core.transaction import transaction
from app.ledger.search import search_index, tag_of
from app.maintenance import search_keys
from app.maintenance.retention import remove_old
from app.maintenance.search_keys import take_late, take_new
from app.models import Event
from app.models.search_keys import wanted_by
from app.queries.search.events import Window, find_event_ids
from app.services import spaces
from app.services.events import publishing

ADA = {
    "id": 4711,
    "email": "ada.lovelace@example.com",
    "name": {"first": "Ada", "last": "O’Neill-Lovelace"},
    "phone": "+48 (600) 700-800",
    "city": "Łódź",
    "order": "ORD-2026/11",
    "total": 11.10,
    "tags": ["vip", "кава"],
    "note": '100% of "it" \\ done',
}
HARMLESS = [
    "%",
    "_",
    "'",
    '"',
    "\\",
    "\0",
    "x" * 10_000,
    "a:b",
    "(",
    "NOT",
    "AND",
    "*",
    "😀",
    "' | '",
    "a\0b",
    "--",
]


def found(space_id: str, typed: str, **window: object) -> list[str]:
    return find_event_ids(space_id, typed, Window(**window)).ids


@pytest.fixture
def ada(publish) -> str:
    event_id = publish(data=ADA, object_id="4711", project_id="prj-9", actor_id="bob")
    take_new()
    return event_id


FINDS_ADA = (
    *("4711", "ada.lovelace@example.com", "ADA.LOVELACE@example.com", " ada.love ", "lovelace", "Lovel"),
    *("O'Neill-Lovelace", "oneill", "Ada Lovelace", "lovelace ada", "кав", "Łódź", "łód"),
    *("+48600700800", "600 700 800", "600-700-800", "0048 600 700 800", "(600) 700 800"),
    *("ORD-2026/11", "ord-2026", "11.1", "vip", "prj-9", "bob", "100%", "example"),
)
DOES_NOT = ("ada.lovelace@example.org", "Ada Byron", "600 700 801", "4712", "v", "ip", "")


def test_every_spelling_finds_it_and_nothing_else_does(space_id, ada):
    assert {typed: found(space_id, typed) for typed in FINDS_ADA} == dict.fromkeys(FINDS_ADA, [ada])
    assert {typed: found(space_id, typed) for typed in DOES_NOT} == dict.fromkeys(DOES_NOT, [])


def test_whatever_is_typed_is_no_error(space_id, ada):
    assert all(set(found(space_id, typed)) <= {ada} for typed in HARMLESS)


def test_the_data_may_hold_anything(space_id, publish):
    for odd in [
        *HARMLESS[:-1],
        "\u2028",
        "\u202eabc",
        {"deep": [[[["down"]]]]},
        ["many"] * 5000,
        None,
        True,
        -0.0,
    ]:
        publish(data={"odd": odd, "mark": "marked"})
    while take_new().more:
        pass
    assert len(found(space_id, "marked")) == len(HARMLESS) + 6
    assert len(found(space_id, "down")) == 1


def test_long_data_is_found_by_its_ids_alone(space_id, publish):
    event_id = publish(
        data={"email": "ada@example.com", "long": "x" * 70_000}, object_id="77", actor_id="bob"
    )
    take_new()
    assert found(space_id, "ada@example.com") == []
    assert found(space_id, "bob") == found(space_id, "77") == [event_id]


def test_before_its_keys_are_taken_it_is_found_by_its_ids(space_id, publish):
    event_id = publish(data=ADA, object_id="lead/1")
    assert found(space_id, event_id) == found(space_id, "lead/1") == [event_id]
    assert found(space_id, "lovelace") == []


def test_another_space_finds_nothing(ada):
    other = str(spaces.create_space("Borealis").id)
    assert found(other, "lovelace") == found(other, "4711") == found(other, ada) == []


def test_the_newest_come_first_within_a_window(space_id, publish):
    ids = [publish(data={"name": "Ada", "n": n}) for n in range(30)]
    take_new()
    page = find_event_ids(space_id, "ada", limit=10)
    assert page.ids == ids[:19:-1] and page.more
    assert found(space_id, "ada", before=ids[3]) == ids[2::-1]
    assert found(space_id, "ada", until=utc_now() - timedelta(minutes=1)) == []
    assert found(space_id, "ada", since=utc_now() - timedelta(minutes=1)) == ids[::-1]


@pytest.mark.databases("postgresql")
def test_what_is_rare_is_found_by_the_index(space_id, publish, monkeypatch):
    """Of the rows that are read without it, it is not one."""
    first = publish(data=ADA)
    for _ in range(12):
        publish(data={"name": "Bob"})
    take_new()
    monkeypatch.setattr("app.ledger.search.postgresql.NEWEST", 1)
    assert found(space_id, "lovelace") == [first]
    assert found(space_id, "lovelace", until=utc_now() - timedelta(minutes=1)) == []


def test_retention_takes_the_keys_along(space_id, publish):
    event_id, old_id = publish(data=ADA), new_id("evt", ms_of(utc_now() - timedelta(days=91)))
    db.session.execute(update(Event).where(Event.id == event_id).values(id=old_id))
    db.session.commit()
    take_new()
    assert found(space_id, "oneill") == [old_id]
    remove_old(90)
    session = db.session()
    everywhere = (0, 2**63 - 1, 10)
    assert search_index(session).find(session, tag_of(space_id), wanted_by("oneill"), *everywhere) == []


def test_two_workers_take_each_event_once(space_id, publish, monkeypatch):
    publish(data=ADA)
    really_keep = search_keys._keep

    def another_is_quicker(rows, last_id, newest_id):
        monkeypatch.setattr(search_keys, "_keep", really_keep)
        take_new()
        return really_keep(rows, last_id, newest_id)

    monkeypatch.setattr(search_keys, "_keep", another_is_quicker)
    assert take_new().rows == 0
    assert take_new().rows == 0
    assert len(found(space_id, "lovelace")) == 1


@pytest.mark.databases("postgresql")  # SQLite has one writer at a time
def test_two_workers_that_begin_at_once(app, space_id, publish, monkeypatch):
    """Both see that nothing was ever taken."""
    publish(data=ADA)
    really_lock, others = search_keys._lock_progress, []

    def another_begins_too(session):
        monkeypatch.setattr(search_keys, "_lock_progress", really_lock)
        progress = really_lock(session)
        thread = threading.Thread(target=take_them)
        thread.start()
        thread.join(20)
        return progress

    def take_them():
        with app.test_request_context():
            others.append(take_new().rows)

    monkeypatch.setattr(search_keys, "_lock_progress", another_begins_too)
    assert take_new().rows == 0
    assert others == [1]
    assert len(found(space_id, "lovelace")) == 1


@pytest.mark.databases("sqlite")
def test_a_clock_that_went_back_and_a_vacuum_change_nothing(space_id, publish, monkeypatch):
    ids = [publish(data={"name": "Ada"}) for _ in range(3)]
    take_new()
    db.session.execute(text("delete from event where id = :id"), {"id": ids[0]})
    db.session.commit()
    with closing(sqlite3.connect(str(db.engine.url.database))) as connection:
        connection.execute("vacuum")
    long_ago = (ms_of(utc_now()) - 3_600_000) * 1_000_000
    monkeypatch.setattr("app.core.ids.time.time_ns", lambda: long_ago)
    earlier = publish(data={"name": "Ada"})
    take_new()
    assert found(space_id, "ada") == [ids[2], ids[1], earlier]
    assert take_new().rows == 0


@pytest.mark.databases("postgresql")
def test_what_a_long_transaction_publishes_is_found_too(app, space_id, publish, monkeypatch):
    """Its events are committed after others whose ids are newer."""
    monkeypatch.setattr(search_keys, "COMMITTED_WITHIN_MS", 0)
    stored, go_on = threading.Event(), threading.Event()

    def slow():
        with app.test_request_context(), transaction() as session:
            publishing.publish_in(session, space_id, [{"type": "lead.created", "data": {"name": "Late"}}])
            stored.set()
            go_on.wait(10)

    thread = threading.Thread(target=slow)
    thread.start()
    assert stored.wait(10)
    publish(data={"name": "Quick"})
    assert take_new().rows == 1
    go_on.set()
    thread.join()
    db.session.rollback()
    assert take_new().rows == 0
    assert take_late().rows == 1
    assert len(found(space_id, "late")) == 1
    assert take_late().rows == 0
