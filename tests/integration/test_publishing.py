"""What publishing asks of the database: as few statements for many webhooks and events as for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import IntegrityError, OperationalError

from app.core.errors import Conflict
from app.core.extensions import db
from app.core.ids import new_id
from app.core.times import now_ms
from app.ledger.store import NewDelivery, postgresql, sqlite, storing
from app.ledger.store.driver import borrowed
from app.models import CounterChange, Delivery, Event
from app.services import spaces
from app.services.events import publishing
from tests.machine.ports import free_port
from tests.web.makers import make_webhook

LEAD = {"type": "lead.created", "data": {"id": 4711}}


@pytest.fixture
def space_id(app: Flask) -> Iterator[str]:
    """A space, within a request."""
    with app.test_request_context():
        yield str(spaces.create_space("Acme").id)
        db.session.rollback()


class Watched:
    """A driver's connection that notes its statements."""

    def __init__(self, connection: Any, seen: list[str]) -> None:
        vars(self).update(connection=connection, seen=seen)

    def execute(self, sql: str, *values: Any) -> Any:
        self.seen.append(sql)
        return self.connection.execute(sql, *values)

    def executemany(self, sql: str, rows: Any) -> Any:
        self.seen.append(sql)
        return self.connection.executemany(sql, rows)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.connection, name, value)


@pytest.fixture
def statements(space_id: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], int]:
    """How many statements something takes, besides begin and commit. Rows handed over together are one."""
    seen: list[str] = []

    @contextmanager
    def watched(engine: Engine) -> Iterator[Watched]:
        with borrowed(engine) as connection:
            yield Watched(connection, seen)

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    def count(do: Callable[[], object]) -> int:
        seen.clear()
        event.listen(db.engine, "before_cursor_execute", note)
        do()
        event.remove(db.engine, "before_cursor_execute", note)
        return sum(not statement.lower().startswith(("begin", "commit")) for statement in seen)

    monkeypatch.setattr(sqlite, "borrowed", watched)
    monkeypatch.setattr(postgresql, "borrowed", watched)
    return count


def test_many_webhooks_cost_no_more_statements_than_one(space_id: str, statements: Any) -> None:
    make_webhook(space_id)
    one = statements(lambda: publishing.publish(space_id, [LEAD]))
    for number in range(30):
        make_webhook(space_id, projects=["7"] if number % 3 else [], conditions=[])
    many = statements(lambda: publishing.publish(space_id, [{**LEAD, "project_id": "7"}]))
    assert one == many == (2 if db.engine.dialect.name == "postgresql" else 4)
    assert db.session.query(Delivery).count() == 1 + 31
    changes = db.session.query(CounterChange).all()
    assert sum(row.triggered for row in changes) == 1 + 31
    assert len(changes) == (1 + 31 if db.engine.dialect.name == "postgresql" else 31)


def test_many_events_cost_no_more_statements_than_one(space_id: str, statements: Any) -> None:
    make_webhook(space_id)
    one = statements(lambda: publishing.publish(space_id, [{**LEAD, "idempotency_key": "a"}], batch=True))
    items = [{**LEAD, "idempotency_key": f"b{n}"} for n in range(200)]
    many = statements(lambda: publishing.publish(space_id, items, batch=True))
    assert one == many == (3 if db.engine.dialect.name == "postgresql" else 5)
    assert db.session.query(Event).count() == db.session.query(Delivery).count() == 201
    assert sum(row.triggered for row in db.session.query(CounterChange)) == 201


def test_a_batch_with_a_used_key_stores_nothing(space_id: str) -> None:
    make_webhook(space_id)
    publishing.publish(space_id, [{**LEAD, "idempotency_key": "k"}])
    other = {"type": "lead.created", "data": {"id": 1}, "idempotency_key": "k"}
    with pytest.raises(Conflict):
        publishing.publish(space_id, [{**LEAD, "idempotency_key": "new"}, other], batch=True)
    assert db.session.query(Event).count() == 1


@pytest.mark.databases("sqlite")
def test_a_delivery_without_its_event_is_an_error_not_a_gap(space_id: str) -> None:
    strange = NewDelivery(new_id("dlv"), new_id("evt"), new_id("whk"), "pending", False)
    with pytest.raises(IntegrityError), storing(db.engine) as store:
        store.insert(space_id, [], [strange], now_ms())
    assert db.session.query(CounterChange).count() == 0


def test_what_a_paused_webhook_gets_is_held_and_counted_so(space_id: str) -> None:
    make_webhook(space_id, state="paused")
    make_webhook(space_id, state="off")
    assert [one.deliveries for one in publishing.publish(space_id, [LEAD, LEAD], batch=True)] == [1, 1]
    assert {row.status for row in db.session.query(Delivery)} == {"held"}
    change = db.session.query(CounterChange).one()
    assert (change.triggered, change.held) == (2, 2)


def test_an_error_of_the_driver_comes_as_one_of_sqlalchemy(space_id: str) -> None:
    """Those who turn errors into answers know them by these names."""
    with pytest.raises(IntegrityError), borrowed(db.engine) as connection:
        connection.execute("insert into space (id) values (null)")
    with borrowed(db.engine) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_no_server_is_an_error_of_sqlalchemy_too() -> None:
    engine = create_engine(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/nothing")
    with pytest.raises(OperationalError), borrowed(engine):
        pytest.fail("There is no server.")


@pytest.mark.databases("postgresql")
def test_after_the_server_went_away_one_call_fails(space_id: str, database_url: str) -> None:
    """However many connections rest in the pool: they went with it."""
    make_webhook(space_id)
    publishing.publish(space_id, [LEAD])
    with db.engine.connect(), db.engine.connect(), db.engine.connect():
        pass  # three rest in the pool, and were used just now
    with psycopg.connect(database_url.replace("+psycopg", "")) as server:
        server.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
    with pytest.raises(OperationalError):
        publishing.publish(space_id, [LEAD])
    for _ in range(4):
        publishing.publish(space_id, [LEAD])
    assert db.session.query(Event).count() == 5
