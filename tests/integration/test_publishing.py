"""What publishing asks of the database: as few statements for many webhooks and events as for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app.extensions import db
from app.models import Delivery, Event, Tally
from app.services import events, spaces
from app.services.errors import Conflict
from tests.dashboard.makers import make_webhook

LEAD = {"type": "lead.created", "data": {"id": 4711}}


@pytest.fixture
def space_id(app: Flask) -> Iterator[str]:
    """A space, within a request."""
    with app.test_request_context():
        yield str(spaces.create_space("Acme").id)
        db.session.rollback()


@pytest.fixture
def statements(space_id: str) -> Callable[[Callable[[], object]], int]:
    """How many statements something takes. Rows handed over together are one."""

    @contextmanager
    def watching() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            if not statement.startswith("BEGIN"):
                seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        yield seen
        event.remove(db.engine, "before_cursor_execute", note)

    def count(do: Callable[[], object]) -> int:
        with watching() as seen:
            do()
        return len(seen)

    return count


def test_many_webhooks_cost_no_more_statements_than_one(space_id: str, statements: Any) -> None:
    make_webhook(space_id)
    one = statements(lambda: events.publish(space_id, [LEAD]))
    for number in range(30):
        make_webhook(space_id, projects=["7"] if number % 3 else [], conditions=[])
    many = statements(lambda: events.publish(space_id, [{**LEAD, "project_id": "7"}]))
    assert one == many == (2 if db.engine.dialect.name == "postgresql" else 4)
    assert db.session.query(Delivery).count() == 1 + 31
    assert db.session.query(Tally).count() == 1 + 31


def test_many_events_cost_no_more_statements_than_one(space_id: str, statements: Any) -> None:
    make_webhook(space_id)
    one = statements(lambda: events.publish(space_id, [{**LEAD, "idempotency_key": "a"}], batch=True))
    items = [{**LEAD, "idempotency_key": f"b{n}"} for n in range(200)]
    many = statements(lambda: events.publish(space_id, items, batch=True))
    assert one == many == (3 if db.engine.dialect.name == "postgresql" else 5)
    assert db.session.query(Event).count() == db.session.query(Delivery).count() == 201
    assert sum(row.triggered for row in db.session.query(Tally)) == 201


def test_a_batch_with_a_used_key_stores_nothing(space_id: str) -> None:
    make_webhook(space_id)
    events.publish(space_id, [{**LEAD, "idempotency_key": "k"}])
    other = {"type": "lead.created", "data": {"id": 1}, "idempotency_key": "k"}
    with pytest.raises(Conflict):
        events.publish(space_id, [{**LEAD, "idempotency_key": "new"}, other], batch=True)
    assert db.session.query(Event).count() == 1


def test_what_a_paused_webhook_gets_is_held_and_counted_so(space_id: str) -> None:
    make_webhook(space_id, state="paused")
    make_webhook(space_id, state="off")
    assert [one.deliveries for one in events.publish(space_id, [LEAD, LEAD], batch=True)] == [1, 1]
    assert {row.status for row in db.session.query(Delivery)} == {"held"}
    tally = db.session.query(Tally).one()
    assert (tally.triggered, tally.held) == (2, 2)
