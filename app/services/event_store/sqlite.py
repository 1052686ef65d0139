"""Publishing on SQLite: one transaction, one statement for each table, rows handed over inside the process."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine

from app.database import sqlite_write
from app.models.roll_up import HOUR_MS, Tally, added_up
from app.services.event_store.driver import borrowed
from app.services.event_store.rows import DeliveryRow, EventRow, KnownRow, WantedRow, tallies

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
  deliveries_count, idempotency_key, request_hash)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

DELIVERY = """
insert into delivery (space_id, due_at, created_at, id, event_id, webhook_id, event_type, status, in_order,
  attempts_count, failed_tries, lost_tries, manual, until_it_works)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0)
"""

TALLY = f"""
insert into tally (hour, webhook_id, triggered, held, part, delivered, failed, cancelled, tries_ok, tries_failed)
values (?, ?, ?, ?, 0, 0, 0, 0, 0, 0) {added_up(Tally, "triggered", "held")}
"""  # noqa: S608 (names of ours)

# SQLite lets a writer wait for another by sleeping longer and longer; within this process they queue instead.
_turn = threading.Lock()


@contextmanager
def sqlite_store(engine: Engine) -> Iterator[SqliteStore]:
    """An `EventStore` in a transaction that has the write lock from its beginning."""
    with _turn, borrowed(engine) as connection, sqlite_write(connection):
        yield SqliteStore(connection)


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
        self, space_id: str, events: Sequence[EventRow], deliveries: Sequence[DeliveryRow], now_ms: int
    ) -> None:
        """See `EventStore`. One statement for each table."""
        hour = now_ms // HOUR_MS
        self._many(EVENT, [(space_id, now_ms, *row) for row in events])
        self._many(DELIVERY, [(space_id, now_ms, now_ms, *row) for row in deliveries])
        self._many(TALLY, [(hour, *row) for row in tallies(deliveries)])

    def _read(self, sql: str, space_id: str, values: Collection[str]) -> list[tuple[Any, ...]]:
        marks = ", ".join("?" * len(values))
        return self._connection.execute(sql.format(marks=marks), (space_id, *values)).fetchall()

    def _many(self, sql: str, rows: list[tuple[object, ...]]) -> None:
        if rows:
            self._connection.executemany(sql, rows)
