"""What a page of the history costs with many rows behind it: queries, and time beside a small database."""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from app import create_app
from app.extensions import db
from app.models import Attempt, Delivery, Webhook
from app.services.people import add_person
from app.services.spaces import add_space
from app.services.transaction import transaction
from bench.load import add_deliveries, add_webhooks, fresh_database, new_vault
from bench.table import Line

PASSWORD = "a password of the benchmark"  # noqa: RUF100, S105
EMAIL = "bench@example.com"
SMALL, LARGE = 1_000, 100_000
REPEATS = 15


def history(name: str, database_url: str) -> list[Line]:
    """The first page of a webhook's history at 1,000 and at 100,000 deliveries."""
    small = _cost(database_url, SMALL)
    large = _cost(database_url, LARGE)
    return [
        Line(
            f"{name}: history at {LARGE:,} rows / at {SMALL:,}",
            f"{large[0]:.1f} ms",
            f"{small[0]:.1f} ms",
            large[0] / small[0],
            1.5,
            at_most=True,
        ),
        Line(
            f"{name}: queries of that page / 10",
            f"{large[1]} queries",
            "10 queries",
            large[1] / 10,
            1.0,
            at_most=True,
        ),
    ]


def _cost(database_url: str, rows: int) -> tuple[float, int]:
    """Milliseconds (median) and queries of the page."""
    engine = fresh_database(database_url)
    webhook_ids = add_webhooks(engine, new_vault(), "https://example.com/hook", 10)
    add_deliveries(engine, webhook_ids, rows, status="succeeded")
    engine.dispose()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"DATABASE_URL": database_url, "INSTANCE_DIR": str(Path(folder)), "REDIS_URL": ""})
        client = _logged_in(app)
        path = f"/webhooks/{webhook_ids[0]}"
        client.get(path)
        return _median_ms(client, path), _count_queries(app, client, path)


def _logged_in(app: Flask) -> FlaskClient:
    with app.test_request_context(), transaction() as session:
        space = add_space(session, "Beside")
        add_person(session, EMAIL, PASSWORD, space.id, "owner")
        for model in (Webhook, Delivery, Attempt):
            session.query(model).update({"space_id": space.id})
    with app.app_context():
        _analyze()
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").text)
    form = {"email": EMAIL, "password": PASSWORD, "csrf_token": token[1] if token else ""}
    answer = client.post("/login", data=form)
    if answer.status_code != 303:
        raise RuntimeError(f"The log-in answered {answer.status_code}.")
    return client


def _analyze() -> None:
    """What the database's own housekeeping does in time: clean up after the update, count anew."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("vacuum analyze")


def _median_ms(client: FlaskClient, path: str) -> float:
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        answer = client.get(path)
        times.append((time.perf_counter() - started) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}.")
    return statistics.median(times)


def _count_queries(app: Flask, client: FlaskClient, path: str) -> int:
    seen: list[Any] = []

    def note(*arguments: Any) -> None:
        if not str(arguments[2]).startswith("BEGIN"):  # SQLite's, a word and no question
            seen.append(arguments[2])

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    client.get(path)
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)
