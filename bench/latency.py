"""How soon an event is on its way: at low load, and beside receivers that never answer.

The real parts: a worker process with its doorbell, events published by the same service as the API's. The
time counts from the moment in which the event is stored to the moment in which its transfer starts, both in
the database; what is left is the way to the receiver.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from flask import Flask
from sqlalchemy import insert, select

from app import create_app
from app.core.extensions import db
from app.core.ids import new_id
from app.core.times import ms_of, now_ms
from app.models import Attempt, Delivery, Event, Subscription
from app.services.events.publishing import publish
from bench.fill import add_waiting, settle
from bench.load import EVENT_TYPE, SPACE, add_webhooks, fresh_database
from bench.receiver import running_receiver
from bench.table import Line
from tests.machine.processes import Process, maintenance, worker
from tests.machine.settings import settings_for

PER_S = 20
ROUNDS, ROUND_S = 4, 10.0
HEALTHY, SILENT = 10, 50
NEVER_MS = 3_600_000
# A worker has started by then, on a busy machine too.
START_S = 8
# Processor time is told in hundredths of a second: in ten seconds one of them is a tenth of what is asked.
IDLE_S = 30
SEED = 4711


def at_low_load(name: str, database_url: str, redis_url: str, folder: Path, seconds: float) -> list[Line]:
    """20 events a second with random gaps: how long from stored to started, and what an idle worker costs."""
    with running_receiver() as url, stage(folder, name, database_url, redis_url) as (app, process):
        subscribe(app, url, 1)
        idle = psutil.Process(process.pid)
        before = sum(idle.cpu_times()[:2])
        time.sleep(IDLE_S)
        share = (sum(idle.cpu_times()[:2]) - before) / IDLE_S
        late = publish_for(app, seconds)
    p50, p99, worst = percentile(late, 50), percentile(late, 99), max(late)
    return [
        Line(
            f"{name}: stored to started, p50 / 15 ms", f"{p50:.0f} ms", "15 ms", p50 / 15, 1.0, at_most=True
        ),
        Line(f"{name}: the same, p99 / 100 ms", f"{p99:.0f} ms", "100 ms", p99 / 100, 1.0, at_most=True),
        Line(
            f"{name}: the slowest of {len(late)} / 500 ms",
            f"{worst:.0f} ms",
            "500 ms",
            worst / 500,
            1.0,
            at_most=True,
        ),
        Line(f"{name}: CPU of an idle worker / 1 %", f"{share:.2%}", "1 %", share / 0.01, 1.0, at_most=True),
    ]


def beside_silent_ones(
    name: str, alone_on: tuple[str, str], beside_on: tuple[str, str], folder: Path, waiting: int
) -> list[Line]:
    """10 healthy webhooks alone, and 10 beside 50 whose receiver never answers and that have much waiting.

    Two workers, each with a database and a Redis of its own (their URLs), measured in turn; the best round of
    each counts: what else the machine does hurts both alike.
    """
    with (
        running_receiver() as url,
        running_receiver(delay_ms=NEVER_MS) as silent,
        stage(folder, f"alone-{name}", *alone_on) as (alone_app, _process),
        stage(folder, f"beside-{name}", *beside_on) as (beside_app, _process),
    ):
        alone_ids, beside_ids = subscribe(alone_app, url, HEALTHY), subscribe(beside_app, url, HEALTHY)
        _add_silent(beside_app, silent, waiting)
        alone, beside = [], []
        for _ in range(ROUNDS):
            alone.append(percentile(publish_for(alone_app, ROUND_S, alone_ids), 95))
            beside.append(percentile(publish_for(beside_app, ROUND_S, beside_ids), 95))
    ours, theirs = min(beside), max(1.0, min(alone))
    what = f"{name}: p95 beside {SILENT} silent webhooks with {waiting:,} waiting each / alone"
    return [Line(what, f"{ours:.0f} ms", f"{theirs:.0f} ms", ours / theirs, 1.5, at_most=True)]


@contextmanager
def stage(
    folder: Path, name: str, database_url: str, redis_url: str, maintained: bool = False
) -> Iterator[tuple[Flask, Process]]:
    """An empty database, the app and a worker; `maintained`: and a maintenance worker."""
    settings = settings_for(folder / f"latency-{name}", DATABASE_URL=database_url, REDIS_URL=redis_url)
    fresh_database(database_url).dispose()
    app = create_app(settings)
    process = worker(settings, folder / f"latency-{name}.log")
    beside = maintenance(settings, folder / f"latency-{name}-maintenance.log") if maintained else None
    started = [one for one in (process, beside) if one is not None]
    for one in started:
        one.start()
    time.sleep(START_S)
    try:
        yield app, process
    finally:
        for one in started:
            one.kill()
        with app.app_context():
            db.engine.dispose()


def subscribe(app: Flask, url: str, count: int) -> list[str]:
    """Webhooks that get what `publish_for` publishes; their ids."""
    with app.app_context():
        ids = add_webhooks(db.engine, app.extensions["vault"], url, count)
        rows = [{"space_id": SPACE, "event_type": EVENT_TYPE, "webhook_id": i} for i in ids]
        with db.engine.begin() as connection:
            connection.execute(insert(Subscription.__table__), rows)
    return ids


def _add_silent(app: Flask, url: str, waiting: int) -> None:
    """Webhooks that nobody turns off, with deliveries that are due; not in the minute after a bulk load."""
    with app.app_context():
        ids = add_webhooks(db.engine, app.extensions["vault"], url, SILENT, failure_limit=1_000_000)
        add_waiting(db.engine, ids, waiting)
        settle(db.engine)
    app.extensions["doorbell"].ring()
    time.sleep(2)


def publish_for(app: Flask, seconds: float, webhooks: list[str] | None = None) -> list[float]:
    """Publish with random gaps; returns for each delivery (to these webhooks) how late it started, in ms."""
    dice = random.Random(SEED)
    until, since = time.monotonic() + seconds, new_id("dlv", now_ms())
    while time.monotonic() < until:
        with app.test_request_context():
            publish(SPACE, [{"type": EVENT_TYPE, "data": {"id": 4711}}])
        time.sleep(dice.expovariate(PER_S))
    time.sleep(3)
    late = select(Attempt.started_at, Event.created_at).join(Delivery, Delivery.id == Attempt.delivery_id)
    late = late.join(Event, Event.id == Delivery.event_id).where(Delivery.id > since)
    if webhooks is not None:
        late = late.where(Delivery.webhook_id.in_(webhooks))
    with app.app_context():
        rows = db.session.execute(late).all()
    return [float(ms_of(started) - ms_of(stored)) for started, stored in rows]


def percentile(values: list[float], percent: int) -> float:
    """That percentile of the values."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
