"""A server that stores the same two rows as an event for one webhook, with a commit each, and knows nothing else.

No key, no checks, no types: the driver alone, a connection for each thread. `granian --interface wsgi`.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable
from typing import Any

import orjson
import psycopg

from app.core.database import tune_sqlite
from app.core.ids import new_id
from app.core.times import now_ms

URL = os.environ["DATABASE_URL"]
WEBHOOK, SPACE = os.environ["BENCH_WEBHOOK"], os.environ["BENCH_SPACE"]
EVENT = """insert into event (id, space_id, type, data, object_id, occurred_at, created_at, deliveries_count)
values (?, ?, ?, ?, ?, ?, ?, 1)"""
DELIVERY = """insert into delivery (id, space_id, event_id, webhook_id, event_type, status, due_at, created_at,
in_order, attempts_count, failed_attempts, lost_attempts, manual, until_it_works)
values (?, ?, ?, ?, ?, 'held', ?, ?, ?, 0, 0, 0, ?, ?)"""

_own = threading.local()


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Every request is an event."""
    event = orjson.loads(environ["wsgi.input"].read())
    event_id, now, no = new_id("evt"), now_ms(), False
    data = orjson.dumps(event["data"])
    rows = [
        (EVENT, (event_id, SPACE, event["type"], data, event.get("object_id"), now, now)),
        (DELIVERY, (new_id("dlv"), SPACE, event_id, WEBHOOK, event["type"], now, now, no, no, no)),
    ]
    _store(rows)
    start_response("202 Accepted", [("Content-Type", "application/json"), ("Content-Length", "15")])
    return [b'{"status":"OK"}']


def _store(rows: list[tuple[str, tuple[Any, ...]]]) -> None:
    connection = _own.__dict__.setdefault("connection", None) or _connect()
    _own.connection = connection
    if isinstance(connection, sqlite3.Connection):
        connection.execute("begin immediate")
        for statement, values in rows:
            connection.execute(statement, values)
        connection.execute("commit")
        return
    with connection.transaction():
        for statement, values in rows:
            connection.execute(statement.replace("?", "%s"), values)


def _connect() -> Any:
    if URL.startswith("sqlite"):
        connection = sqlite3.connect(URL.removeprefix("sqlite:///"), check_same_thread=False)
        tune_sqlite(connection)
        return connection
    return psycopg.connect(URL.replace("postgresql+psycopg", "postgresql"), autocommit=True)
