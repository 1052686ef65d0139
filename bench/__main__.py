"""`make bench`: the benchmarks beside their baselines, one table. `--full`: everything, and with large data."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import (
    abuse,
    at_publisher,
    engine,
    fleet,
    guessing,
    incoming,
    latency,
    pages,
    publish,
    records,
    recoveries,
    search,
    size,
    startup,
)
from bench.drivers.driver import Place
from bench.drivers.hookdesk import Driver
from bench.table import Line, print_table
from tests.machine import postgres, run_folder
from tests.machine.redis import RedisServer

QUICK, FULL = 12_000, 60_000
# The ratio to a bare libcurl loop that each database should reach: of the quick run, and of the full one.
BARS = {"SQLite": (0.15, 0.25), "PostgreSQL": (0.10, 0.15)}
# Rows of the large databases, and how many deliveries wait in them: beside 10,000 of each.
LARGE = {"SQLite": 1_000_000, "PostgreSQL": 5_000_000}
FEW = 10_000
CALLS = 600
SEARCHED = 1_000_000
RECORDS = 100_000
LOW_LOAD_S = 300
SILENT_WAITING = 100_000
RECOVERED = 100_000


def main() -> int:
    """Measure and print; the exit code says whether every bar holds."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="everything, with large data (half an hour)")
    parser.add_argument("--part", choices=sorted(PARTS), help="one part of the full run alone")
    arguments = parser.parse_args()
    parts = [arguments.part] if arguments.part else list(PARTS) if arguments.full else []
    logging.disable(logging.WARNING)
    run_folder.make_run_folder()
    try:
        with tempfile.TemporaryDirectory() as folder:
            return 0 if print_table(_measure(Path(folder), parts)) else 1
    finally:
        run_folder.remove_run_folder()


def _measure(folder: Path, parts: list[str]) -> list[Line]:
    """The lines of these parts of the full run; without any, of the quick run."""
    cluster = postgres.own_cluster()
    try:
        with _redis(folder / "redis") as redis_url:
            stage = Stage(folder, cluster, redis_url)
            if not parts:
                return _quick(stage)
            return [line for part in parts for line in PARTS[part](stage)]
    finally:
        cluster.stop()


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    """The address of a Redis of our own, in a new folder."""
    folder.mkdir()
    server = RedisServer(folder)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


class Stage:
    """Where it is measured: an SQLite and a PostgreSQL of our own, a Redis, a folder."""

    def __init__(self, folder: Path, cluster: postgres.Cluster, redis_url: str) -> None:
        self.folder = folder
        self.redis_url = redis_url
        self._cluster = cluster
        self.urls = self.new_urls("bench")

    def new_urls(self, name: str) -> dict[str, str]:
        """The addresses of two more empty databases."""
        return {
            "SQLite": f"sqlite:///{self.folder / name}.db",
            "PostgreSQL": self._cluster.url(self._cluster.create()).replace(
                "postgresql://", "postgresql+psycopg://"
            ),
        }


def _quick(stage: Stage) -> list[Line]:
    lines = []
    for name, url in stage.urls.items():
        lines += engine.throughput(name, url, stage.redis_url, BARS[name][0], 15, QUICK)
    lines += engine.memory(stage.folder)
    lines += startup.second_start(stage.folder)
    lines += publish.publishing(
        "PostgreSQL", stage.urls["PostgreSQL"], stage.redis_url, stage.folder, QUICK // 40
    )
    small = stage.new_urls("small")
    for name, url in stage.urls.items():
        lines += pages.history(name, small[name], url)
    return lines


def _throughput(stage: Stage) -> list[Line]:
    lines = []
    for name, url in stage.urls.items():
        lines += engine.throughput(name, url, stage.redis_url, BARS[name][1], 20, FULL // 3)
        settings = fleet.fleet_settings(name, url, stage.redis_url, stage.folder)
        lines += fleet.four_workers(name, settings, stage.folder, FULL)
        lines += fleet.one_for_many(name, settings, stage.folder, FULL // 3000)
    settings = fleet.fleet_settings("celery", stage.urls["PostgreSQL"], stage.redis_url, stage.folder)
    lines += fleet.beside_celery(settings, stage.folder, FULL)
    return [*lines, *fleet.slow_receivers(settings, stage.folder, FULL // 3)]


def _latency(stage: Stage) -> list[Line]:
    lines, others = [], stage.new_urls("other")
    with _redis(stage.folder / "other-redis") as other_redis:
        for name, url in stage.urls.items():
            lines += latency.at_low_load(name, url, stage.redis_url, stage.folder, LOW_LOAD_S)
            alone, beside = (url, stage.redis_url), (others[name], other_redis)
            lines += latency.beside_silent_ones(name, alone, beside, stage.folder, SILENT_WAITING)
    return lines


def _publishing(stage: Stage) -> list[Line]:
    lines = []
    for name, url in stage.urls.items():
        lines += publish.publishing(name, url, stage.redis_url, stage.folder, FULL // 40)
    return lines


def _incoming(stage: Stage) -> list[Line]:
    lines = []
    for name, url in stage.urls.items():
        lines += incoming.calls(name, url, stage.redis_url, stage.folder, CALLS)
        lines += guessing.telling(name, url, stage.redis_url, stage.folder)
    return lines


def _size(stage: Stage) -> list[Line]:
    small, lines = stage.new_urls("small"), []
    for name, url in stage.urls.items():
        amounts = (FEW, LARGE[name])
        lines += size.at_size(name, small[name], url, amounts, amounts)
    return lines


def _at_publisher(stage: Stage) -> list[Line]:
    lines, root, others = [], os.environ.get("BENCH_BESIDE"), stage.new_urls("beside")
    with _redis(stage.folder / "beside-redis") as other_redis:
        for name, url in stage.urls.items():
            place = Place(stage.folder / f"beside-{name}", others[name], other_redis)
            place.folder.mkdir()
            beside = Driver(place, Path(root)) if root else None
            lines += at_publisher.at_publisher(name, url, stage.redis_url, stage.folder, LOW_LOAD_S, beside)
    return lines


def _search(stage: Stage) -> list[Line]:
    lines = []
    for name, url in stage.urls.items():
        lines += search.finding(name, url, SEARCHED)
    return lines


def _recoveries(stage: Stage) -> list[Line]:
    lines = []
    for name, url in stage.urls.items():
        lines += recoveries.recovering(name, url, stage.redis_url, stage.folder, RECOVERED)
    return lines


def _records(stage: Stage) -> list[Line]:
    lines = []
    for name, url in stage.urls.items():
        lines += records.lists(name, url, RECORDS)
    return lines


def _abuse(stage: Stage) -> list[Line]:
    lines = []
    for name, url in stage.new_urls("abused").items():
        lines += abuse.beside_abuse(name, url, stage.folder)
    return lines


PARTS: dict[str, Callable[[Stage], list[Line]]] = {
    "throughput": _throughput,
    "latency": _latency,
    "publishing": _publishing,
    "at-publisher": _at_publisher,
    "incoming": _incoming,
    "size": _size,
    "records": _records,
    "search": _search,
    "recoveries": _recoveries,
    "abuse": _abuse,
}


if __name__ == "__main__":
    sys.exit(main())
