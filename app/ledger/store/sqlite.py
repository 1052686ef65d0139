"""Publishing on SQLite: one transaction, one statement for each table, rows handed over inside the process."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import orjson
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.core.database import sqlite_write
from app.core.ids import new_id
from app.ledger.store.driver import borrowed, errors_as_sqlalchemys
from app.ledger.store.rows import KnownRow, NewDelivery, NewEvent, WantedRow
from app.models.counter import HOUR_MS, CounterChange, added_up
from app.models.delivery import HELD, PENDING

KNOWN = """
select idempotency_key, request_hash, id, type, created_at, deliveries_count from event
where space_id = ? and idempotency_key in ({marks})
"""

WANTED = """
select s.event_type, w.id, w.state, w.projects, w.conditions, w.ordered
from subscription s join webhook w on w.id = s.webhook_id
where s.space_id = ? and s.event_type in ({marks}) and w.state <> 'off' and w.deleted_at is null
"""

EVENT = """
insert into event (space_id, created_at, id, type, data, object_id, project_id, actor_id, occurred_at,
  deliveries_count, idempotency_key, request_hash, data_fault)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

# Deliveries travel as one JSON list of texts, which costs a fifth less than handing over each value of each row.
# A text is the delivery's id and its event's, H or P for held or pending, 1 or 0 for "in order", and the webhook's id.
# Without its event a row has no space, which the table refuses: none is left out in silence.
_LONG = len(new_id("dlv"))
_ID, _EVENT = f"substr(value, 1, {_LONG})", f"substr(value, {_LONG + 1}, {_LONG})"
_IS_HELD, _IN_ORDER = f"substr(value, {2 * _LONG + 1}, 1) = 'H'", f"substr(value, {2 * _LONG + 2}, 1) = '1'"
_WEBHOOK = f"substr(value, {2 * _LONG + 3})"

DELIVERY = f"""
insert into delivery (id, space_id, event_id, webhook_id, event_type, status, due_at, created_at, in_order,
  attempts_count, failed_attempts, lost_attempts, manual, until_it_works)
select {_ID}, event.space_id, event.id, {_WEBHOOK}, event.type, case when {_IS_HELD} then '{HELD}' else '{PENDING}' end,
  :now, :now, {_IN_ORDER}, 0, 0, 0, 0, 0
from json_each(:deliveries) left join event on event.id = {_EVENT}
"""  # noqa: S608 (nothing of it comes from outside)

COUNTER_CHANGE = f"""
insert into counter_change (webhook_id, hour, part, triggered, held, delivered, failed, cancelled,
  attempts_ok, attempts_failed)
select {_WEBHOOK}, :hour, 0, count(*), sum({_IS_HELD}), 0, 0, 0, 0, 0 from json_each(:deliveries) where true group by 1
{added_up(CounterChange, "triggered", "held")}
"""  # noqa: S608 (as above)

# SQLite lets a writer wait for another by sleeping longer and longer; within this process they queue instead.
_turn = threading.Lock()


@contextmanager
def sqlite_store(engine: Engine) -> Iterator[SqliteStore]:
    """An `EventStore` in a transaction that has the write lock from its beginning."""
    with _turn, borrowed(engine) as connection, sqlite_write(connection):
        yield SqliteStore(connection)


@contextmanager
def sqlite_store_within(session: Session) -> Iterator[SqliteStore]:
    """An `EventStore` in the transaction of a session, which has the write lock."""
    with errors_as_sqlalchemys(session.connection().dialect):
        yield SqliteStore(session.connection().connection.dbapi_connection)  # type: ignore[arg-type]


class SqliteStore:
    """An `EventStore` within an open transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def known(self, space_id: str, keys: Collection[str]) -> list[KnownRow]:
        """See `EventStore`."""
        return [KnownRow._make(row) for row in self._read(KNOWN, space_id, keys)]

    def wanted(self, space_id: str, types: Collection[str]) -> list[WantedRow]:
        """See `EventStore`."""
        return [WantedRow._make(row) for row in self._read(WANTED, space_id, types)]

    def insert(
        self, space_id: str, events: Sequence[NewEvent], deliveries: Sequence[NewDelivery], now_ms: int
    ) -> None:
        """See `EventStore`. One statement for each table."""
        self._connection.executemany(EVENT, [(space_id, now_ms, *row) for row in events])
        if deliveries:
            values = {"deliveries": _json(deliveries), "now": now_ms, "hour": now_ms // HOUR_MS}
            self._connection.execute(DELIVERY, values)
            self._connection.execute(COUNTER_CHANGE, values)

    def together(self) -> AbstractContextManager[object]:
        """See `EventStore`. It is one transaction anyway."""
        return nullcontext()

    def _read(self, sql: str, space_id: str, values: Collection[str]) -> list[tuple[Any, ...]]:
        marks = ", ".join("?" * len(values))
        return self._connection.execute(sql.format(marks=marks), (space_id, *values)).fetchall()


def _json(deliveries: Sequence[NewDelivery]) -> str:
    texts = [
        f"{own_id}{event_id}{'H' if status == HELD else 'P'}{'1' if in_order else '0'}{webhook_id}"
        for own_id, event_id, webhook_id, status, in_order in deliveries
    ]
    return orjson.dumps(texts).decode()
