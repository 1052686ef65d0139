"""How connections are opened: SQLite in WAL with honest transactions, PostgreSQL with short waits."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import make_url

BUSY_TIMEOUT_S = 20
WRITE = {"sqlite_begin": "IMMEDIATE"}


def engine_options(database_url: str) -> dict[str, Any]:
    """Arguments for `create_engine` that suit the database behind the URL."""
    if make_url(database_url).get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}}
    return {
        "pool_size": 20,
        "max_overflow": 10,
        "pool_pre_ping": True,
        "connect_args": {"connect_timeout": 5, "options": "-c timezone=UTC -c lock_timeout=30000"},
    }


def prepare_engine(engine: Engine) -> None:
    """Attach what every connection needs. SQLite only; PostgreSQL needs nothing.

    Python's sqlite3 opens transactions late and by guessing; here each one opens with an explicit BEGIN,
    and one that is going to write with BEGIN IMMEDIATE, so that it never fails halfway with "locked".
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)


def tune_sqlite(connection: sqlite3.Connection) -> None:
    """WAL, so that readers and the writer do not wait for each other; FULL, so that a commit survives a power cut."""
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


def _sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    tune_sqlite(connection)


def _sqlite_begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN " + connection.get_execution_options().get("sqlite_begin", ""))
