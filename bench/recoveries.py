"""A large recovery: how soon it begins, how quickly it goes, and what it costs other webhooks.

The real parts: a worker, a maintenance worker, a receiver that answers at once. The engine's own rate is that of a
tenth as many deliveries of the same webhook that are due at once, before it and after it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from app.core.extensions import db
from app.core.times import now_ms
from app.core.transaction import transaction
from app.ledger.counters import count
from app.maintenance.search_keys import take_new
from app.models import Recovery
from app.queries.recoveries.scope import Scope
from app.services.recoveries import start
from bench.fill import settle
from bench.latency import ROUND_S, percentile, publish_for, stage, subscribe
from bench.load import SPACE, add_deliveries, add_webhooks
from bench.receiver import running_receiver
from bench.table import Line

HEALTHY = 10
START_WITHIN_S, LEAST_OF_ENGINE, MOST_LATER = 2.0, 0.5, 1.5
GIVE_UP_AFTER_S = 1200.0
LOOK_EVERY_S = 0.05


def recovering(name: str, database_url: str, redis_url: str, folder: Path, rows: int) -> list[Line]:
    """All lines for one database, with so many failed deliveries of one webhook."""
    with (
        running_receiver() as url,
        stage(folder, f"recovery-{name}", database_url, redis_url, maintained=True) as (app, _process),
    ):
        healthy = subscribe(app, url, HEALTHY)
        with app.app_context():
            (webhook_id,) = add_webhooks(db.engine, app.extensions["vault"], url, 1)
        before = _engines_own(app, webhook_id, rows // 10)
        _fail(app, webhook_id, rows)
        alone = percentile(publish_for(app, ROUND_S, healthy), 95)
        began_ms = now_ms()
        ended_ms: list[int] = []
        with app.test_request_context():
            recovery_id = start(Scope(SPACE, webhook_id, ("failed",))).id
        watch = threading.Thread(target=lambda: ended_ms.append(_end_of(app, recovery_id)))
        watch.start()
        beside = percentile(publish_for(app, ROUND_S, healthy), 95)
        watch.join()
        first_ms = _first_after(app, webhook_id, began_ms)
        own = (before + _engines_own(app, webhook_id, rows // 10)) / 2
    late_s, rate = (first_ms - began_ms) / 1000, rows / (ended_ms[0] - first_ms) * 1000
    what, later = f"{name}: a recovery of {rows:,}", beside / max(1.0, alone)
    return [
        Line(f"{what}: first try", f"{late_s:.2f} s", "2 s", late_s / START_WITHIN_S, 1.0, at_most=True),
        Line(f"{what} / as many due", f"{rate:,.0f}/s", f"{own:,.0f}/s", rate / own, LEAST_OF_ENGINE),
        Line(
            f"{what}: p95 of {HEALTHY} others beside it / alone",
            f"{beside:.0f} ms",
            f"{alone:.0f} ms",
            later,
            MOST_LATER,
            at_most=True,
        ),
    ]


def _engines_own(app: Flask, webhook_id: str, rows: int) -> float:
    """Deliveries of the webhook a second that the engine makes of a backlog."""
    with app.app_context():
        add_deliveries(db.engine, [webhook_id], rows, "failed")
        _take_search_keys()
        with db.engine.begin() as connection:
            due = text("update delivery set status = 'pending' where status = 'failed' and webhook_id = :id")
            connection.execute(due, {"id": webhook_id})
    began_ms = now_ms()
    app.extensions["doorbell"].ring()
    _wait(lambda: not _number(app, "select count(*) from delivery where status = 'pending'"))
    return rows / (now_ms() - _first_after(app, webhook_id, began_ms)) * 1000


def _fail(app: Flask, webhook_id: str, rows: int) -> None:
    """As an outage leaves them."""
    with app.app_context():
        add_deliveries(db.engine, [webhook_id], rows, "failed")
        with transaction() as session:
            count(session, webhook_id, triggered=rows, failed=rows)
        _take_search_keys()
        settle(db.engine)


def _take_search_keys() -> None:
    """What happened long ago has its keys: taking them is no part of sending it again."""
    while take_new().more:
        pass


def _end_of(app: Flask, recovery_id: str) -> int:
    """When the recovery ended (ms). RuntimeError if not everything was delivered."""

    def ended() -> bool:
        with app.app_context():
            return db.session.get_one(Recovery, recovery_id, populate_existing=True).finished_at is not None

    _wait(ended)
    with app.app_context():
        recovery = db.session.get_one(Recovery, recovery_id)
        if recovery.succeeded != recovery.total:
            raise RuntimeError(f"{recovery.succeeded} of {recovery.total} were delivered.")
    return now_ms()


def _first_after(app: Flask, webhook_id: str, moment_ms: int) -> int:
    """When the first try of the webhook began after this moment (ms)."""
    words = "select min(started_at) from attempt where webhook_id = :webhook and started_at >= :at"
    return _number(app, words, webhook=webhook_id, at=moment_ms)


def _number(app: Flask, words: str, **values: object) -> int:
    with app.app_context(), db.engine.connect() as connection:
        return int(connection.scalar(text(words), values) or 0)


def _wait(done: Callable[[], bool]) -> None:
    until = time.monotonic() + GIVE_UP_AFTER_S
    while not done():
        if time.monotonic() > until:
            raise RuntimeError("It did not come to its end.")
        time.sleep(LOOK_EVERY_S)
