"""Worker processes as they run in production: several on one backlog, slow receivers, one event for many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
from sqlalchemy import Engine

from app.core.encryption import Vault
from bench.baselines import bare_libcurl
from bench.celery_baseline import celery_with_requests
from bench.engine import LONGER, ROUNDS
from bench.load import DATA, add_deliveries, add_fan_out, add_webhooks, fresh_database
from bench.progress import watch
from bench.receiver import most_together, running_receiver
from bench.table import Line, median_round
from tests.machine.processes import Process, worker
from tests.machine.settings import settings_for

WEBHOOKS = 60
SLOW_MS = 200
WIDE = 1_000
GIVE_UP_AFTER_S = 300.0
MEGABYTE = 1e6


def beside_celery(settings: dict[str, str], folder: Path, count: int) -> list[Line]:
    """Two workers beside Celery with requests in two processes, on the same database."""
    with running_receiver() as url:
        ours = _rate(settings, folder, url, workers=2, count=count)
        database = fresh_database(settings["DATABASE_URL"])
        ids = add_deliveries(database, add_webhooks(database, _vault(settings), url, WEBHOOKS), 1_000)
        theirs = celery_with_requests(settings["REDIS_URL"], settings["DATABASE_URL"], url, ids, 2)
        database.dispose()
    return [Line("Two workers / Celery, 2 processes", f"{ours:,.0f}/s", f"{theirs:,.0f}/s", ours / theirs, 8)]


def four_workers(name: str, settings: dict[str, str], folder: Path, count: int) -> list[Line]:
    """Four workers on one backlog over one. More than the machine has processors bring nothing more."""
    with running_receiver() as url:
        one = _rate(settings, folder, url, workers=1, count=count)
        four = _rate(settings, folder, url, workers=4, count=count)
    cores = psutil.cpu_count() or 1
    return [
        Line(f"{name}: four workers / one, on {cores} cores", f"{four:,.0f}/s", f"{one:,.0f}/s", four / one)
    ]


def slow_receivers(settings: dict[str, str], folder: Path, count: int) -> list[Line]:
    """One worker, receivers that take 200 ms: how many it keeps in flight, how quick it is, what it needs."""
    most = 0

    def measure() -> None:
        nonlocal most
        most = max(most, process.memory_info().rss)

    with running_receiver(delay_ms=SLOW_MS) as url:
        database = _backlog(settings, url, WEBHOOKS, count)
        with _running(settings, folder, 1) as (started,):
            process = psutil.Process(started.pid)
            rate = watch(database, count, GIVE_UP_AFTER_S, measure)
        database.dispose()
        in_flight = most_together(url)
    return [
        Line(f"Receivers of {SLOW_MS} ms: in flight / 500", f"{in_flight}", "500", in_flight / 500, 1.0),
        Line(f"Receivers of {SLOW_MS} ms / 2,000 a second", f"{rate:,.0f}/s", "2,000/s", rate / 2000, 1.0),
        Line(
            f"Receivers of {SLOW_MS} ms: memory / 200 MB",
            f"{most / MEGABYTE:,.0f} MB",
            "200 MB",
            most / (200 * MEGABYTE),
            1.0,
            at_most=True,
        ),
    ]


def one_for_many(name: str, settings: dict[str, str], folder: Path, events: int) -> list[Line]:
    """Events that 1,000 webhooks want, delivered by one worker, over a bare libcurl loop, in turn: the median round."""
    rounds = []
    with running_receiver() as url:
        for _ in range(ROUNDS):
            database = fresh_database(settings["DATABASE_URL"])
            add_fan_out(database, add_webhooks(database, _vault(settings), url, WIDE), events)
            with _running(settings, folder, 1):
                rate = watch(database, events * WIDE, GIVE_UP_AFTER_S)
            database.dispose()
            rounds.append((rate, bare_libcurl(url, DATA, LONGER * events * WIDE)))
    ours, bare = median_round(rounds)
    return [
        Line(
            f"{name}: to {WIDE:,} webhooks each / bare libcurl",
            f"{ours:,.0f}/s",
            f"{bare:,.0f}/s",
            ours / bare,
            0.15,
        )
    ]


def _rate(settings: dict[str, str], folder: Path, url: str, workers: int, count: int) -> float:
    database = _backlog(settings, url, WEBHOOKS, count)
    with _running(settings, folder, workers):
        rate = watch(database, count, GIVE_UP_AFTER_S)
    database.dispose()
    return rate


def _backlog(settings: dict[str, str], url: str, webhooks: int, count: int) -> Engine:
    database = fresh_database(settings["DATABASE_URL"])
    add_deliveries(database, add_webhooks(database, _vault(settings), url, webhooks), count)
    return database


@contextmanager
def _running(settings: dict[str, str], folder: Path, count: int) -> Iterator[Sequence[Process]]:
    with ExitStack() as stack:
        started = []
        for number in range(count):
            process = worker(settings, folder / f"fleet-{number}.log", schedule=number == 0)
            process.start()
            stack.callback(process.kill)
            started.append(process)
        yield started


def _vault(settings: dict[str, str]) -> Vault:
    key_id, _, key = settings["ENCRYPTION_KEYS"].partition(":")
    return Vault([(key_id, key)])


def fleet_settings(name: str, database_url: str, redis_url: str, folder: Path) -> dict[str, str]:
    """The settings of workers on this database."""
    return settings_for(folder / f"fleet-{name}", DATABASE_URL=database_url, REDIS_URL=redis_url)
