"""How connections are opened: SQLite in WAL with honest transactions, PostgreSQL with short waits."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, FromClause, event
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_S = 20
RESTED_S = 1.0
WRITE = {"sqlite_begin": "IMMEDIATE"}


def engine_options(database_url: str) -> dict[str, Any]:
    """Arguments for `create_engine` that suit the database behind the URL."""
    if make_url(database_url).get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}}
    return {
        "pool_size": 20,
        "max_overflow": 10,
        # The connection that was used last knows the statements, and its server process has the tables at hand.
        "pool_use_lifo": True,
        "connect_args": {"connect_timeout": 5, "options": "-c timezone=UTC -c lock_timeout=30000"},
    }


def prepare_engine(engine: Engine) -> None:
    """Attach what every connection needs.

    PostgreSQL: a connection that rested is tried before it is used, because the server may have been
    restarted meanwhile; one that was used just now is not, as that would be a round trip for each request.
    SQLite: Python's sqlite3 opens transactions late and by guessing; here each one opens with an explicit BEGIN,
    and one that is going to write with BEGIN IMMEDIATE, so that it never fails halfway with "locked".
    SQLAlchemy's hints reach it.
    """
    if engine.dialect.name == "sqlite":
        engine.dialect.statement_compiler = _SqliteWithHints
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
    else:
        event.listen(engine, "checkout", _try_if_rested)
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "connect", _note_use)


def tune_sqlite(connection: sqlite3.Connection) -> None:
    """WAL, so that readers and the writer do not wait for each other; FULL, so that a commit survives a power cut."""
    _spare_adapting()
    connection.isolation_level = None
    for pragma in (
        "journal_mode = wal",
        "synchronous = full",
        "foreign_keys = on",
        "temp_store = memory",
        "cache_size = -65536",
        "mmap_size = 268435456",
        # Copied back every 32 MB instead of every 4: pages that change often are copied once.
        "wal_autocheckpoint = 8192",
        f"busy_timeout = {BUSY_TIMEOUT_S * 1000}",
    ):
        connection.execute(f"pragma {pragma}")


@contextmanager
def sqlite_write(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """A transaction of the driver's own that has the write lock from its beginning."""
    connection.execute("begin immediate")
    try:
        yield connection
        connection.execute("commit")
    except BaseException:
        connection.rollback()
        raise


def _spare_adapting() -> None:
    """Tell sqlite3 that these types need no adapting.

    It knows that of int, float and str; for others it asks the value and its class for a way, each time and
    in vain (measured: 7 % of all instructions of a delivery). The adapters here are the cheapest there are.
    """
    sqlite3.register_adapter(bytes, bytes)
    sqlite3.register_adapter(bool, int)
    sqlite3.register_adapter(type(None), {}.get)  # type: ignore[arg-type]  # None is the default of `get`


class _SqliteWithHints(SQLiteCompiler):
    """Says the hints of `Select.with_hint`, which SQLAlchemy leaves out for SQLite: `INDEXED BY` is one there."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:
        return text


def _note_use(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["used_at"] = time.monotonic()


def _try_if_rested(connection: psycopg.Connection[Any], record: ConnectionPoolEntry, _proxy: object) -> None:
    if time.monotonic() - record.info["used_at"] < RESTED_S:
        return
    try:
        connection.execute("")
        connection.rollback()
    except psycopg.Error:
        raise DisconnectionError from None  # the pool opens a new one


def _sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    tune_sqlite(connection)


def _sqlite_begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN " + connection.get_execution_options().get("sqlite_begin", ""))
