"""Group commit: what waits at the same moment is stored together, and what one call does wrong is its own affair."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Queue

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError

from app.core.extensions import db
from app.models import Event
from app.services import spaces
from app.services.events import group
from app.services.events.group import EventGroups, KeyReused, PublishCall, store_group
from app.services.events.schema import check_events


@pytest.fixture
def space_id(app) -> str:
    with app.app_context():
        return str(spaces.create_space("Acme").id)


@pytest.fixture
def call(app) -> Callable[..., PublishCall]:
    def make(space_id: str, number: int = 1, key: str | None = None) -> PublishCall:
        item = {"type": "lead.created", "data": {"number": number}}
        if key:
            item["idempotency_key"] = key
        with app.test_request_context():
            return PublishCall(space_id, check_events(space_id, [item], batch=False))

    return make


@pytest.fixture
def store(app):
    def run(*calls: PublishCall):
        with app.app_context():
            return store_group(db.engine, calls)

    return run


def spoil(call: PublishCall) -> None:
    """From now on the database refuses its event, which passed every check."""
    call.checked[0].item.__dict__["type"] = None


def stored(app) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Event))


def test_calls_of_one_group_are_one_transaction(app, space_id, call, store):
    commits = []
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.connection.dbapi_connection.set_trace_callback(
                lambda said: commits.append(said) if said.lower() == "commit" else None
            )
    outcomes = store(*[call(space_id, n) for n in range(10)])
    assert len({outcome[0].id for outcome in outcomes}) == 10
    assert stored(app) == 10
    if engine.dialect.name == "sqlite":
        assert len(commits) == 1


def test_spaces_share_a_group(app, space_id, call, store):
    with app.app_context():
        other = str(spaces.create_space("Borealis").id)
    mine, theirs = store(call(space_id), call(other))
    with app.app_context():
        rows = dict(db.session.execute(select(Event.id, Event.space_id)).all())
    assert rows == {mine[0].id: space_id, theirs[0].id: other}


def test_a_reused_key_harms_no_other(app, space_id, call, store):
    [first] = store(call(space_id, 1, "k"))
    clash, replay, fresh = store(call(space_id, 2, "k"), call(space_id, 1, "k"), call(space_id, 3))
    assert isinstance(clash, KeyReused)
    assert (replay[0].id, replay[0].replayed) == (first[0].id, True)
    assert fresh[0].replayed is False
    assert stored(app) == 2


def test_the_same_key_twice_in_a_group_is_one_event(app, space_id, call, store):
    one, other, third = store(call(space_id, 1, "k"), call(space_id, 1, "k"), call(space_id, 2))
    assert one[0].id == other[0].id
    assert {one[0].replayed, other[0].replayed} == {True, False}
    assert third[0].replayed is False
    assert stored(app) == 2


def test_what_the_database_refuses_harms_no_other(app, space_id, call, store):
    calls = [call(space_id, n) for n in range(3)]
    spoil(calls[1])
    good, bad, last = store(*calls)
    assert good[0].id
    assert last[0].id
    assert isinstance(bad, IntegrityError)
    assert stored(app) == 2


@pytest.mark.databases("postgresql")
def test_a_database_that_is_away_is_everybodys_outcome(app, space_id, call):
    from sqlalchemy import create_engine

    nowhere = create_engine(
        "postgresql+psycopg://nobody@127.0.0.1:1/none", connect_args={"connect_timeout": 2}
    )
    outcomes = store_group(nowhere, [call(space_id, n) for n in range(3)])
    assert [type(outcome) for outcome in outcomes] == [OperationalError] * 3


def test_many_at_once_are_stored_in_fewer_groups_each_answered_once(app, space_id, call):
    groups, answered, done = [], [], threading.Event()

    def answer(outcomes):
        groups.append(len(outcomes))
        answered.extend(outcomes)
        if len(answered) == 200:
            done.set()

    with app.app_context():
        storing = EventGroups(db.engine, lambda: None, answer, "test")
    calls = [call(space_id, n, "same" if n % 50 == 0 else None) for n in range(200)]
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(storing.submit, calls))
    assert done.wait(30)
    assert {told for told, _outcome in answered} == set(calls)
    assert len(groups) < 100
    # Of the four that carry one key the first is stored; the others are different events.
    assert sum(isinstance(outcome, KeyReused) for _call, outcome in answered) == 3
    assert stored(app) == 197


@pytest.fixture
def groups(app, monkeypatch) -> tuple[EventGroups, Queue[list[PublishCall]]]:
    """Groups that would wait for company for half a second, and what each was made of."""
    monkeypatch.setattr(group, "COMPANY_S", 0.5)
    made: Queue[list[PublishCall]] = Queue()
    with app.app_context():
        storing = EventGroups(
            db.engine, lambda: None, lambda done: made.put([one for one, _outcome in done]), "test"
        )
    return storing, made


def test_who_calls_alone_waits_for_nobody(groups, space_id, call):
    storing, made = groups
    for number in range(3):
        one, began = call(space_id, number), time.monotonic()
        storing.submit(one)
        assert made.get(timeout=10) == [one]
        assert time.monotonic() - began < 0.5


def test_where_many_call_at_once_a_group_waits_for_those_that_were_just_answered(groups, space_id, call):
    storing, made = groups
    three = [call(space_id, number) for number in range(3)]
    with storing._changed:  # they come in the same moment
        for one in three:
            storing._waiting.append(one)
        storing._changed.notify()
    assert made.get(timeout=10) == three
    again = [call(space_id, number) for number in range(3, 6)]
    for one in again:
        storing.submit(one)
        time.sleep(0.05)
    assert made.get(timeout=10) == again
