"""`make bench`: the benchmarks beside their baselines, one table. `--full` takes more deliveries."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from pathlib import Path

from bench import engine, pages, publish, startup
from bench.table import Line, print_table
from tests.machine import postgres, run_folder
from tests.machine.redis import RedisServer

QUICK, FULL = 12_000, 60_000
# The ratio to a bare libcurl loop that each database should reach.
BARS = {"SQLite": 0.15, "PostgreSQL": 0.10}


def main() -> int:
    """Measure and print; the exit code says whether every bar holds."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="more deliveries, steadier numbers")
    count = FULL if parser.parse_args().full else QUICK
    logging.disable(logging.WARNING)
    run_folder.make_run_folder()
    try:
        with tempfile.TemporaryDirectory() as folder:
            return 0 if print_table(measure(Path(folder), count)) else 1
    finally:
        run_folder.remove_run_folder()


def measure(folder: Path, count: int) -> list[Line]:
    """All lines, on a PostgreSQL, an SQLite and a Redis of their own."""
    cluster = postgres.own_cluster()
    redis = RedisServer(folder)
    redis.start()
    urls = {
        "SQLite": f"sqlite:///{folder / 'bench.db'}",
        "PostgreSQL": cluster.url(cluster.create()).replace("postgresql://", "postgresql+psycopg://"),
    }
    try:
        lines = []
        for name, url in urls.items():
            lines += engine.throughput(name, url, redis.url, BARS[name], count)
        lines += engine.memory(folder)
        lines += startup.second_start(folder)
        for name in urls if count == FULL else ["PostgreSQL"]:
            lines += publish.publishing(name, urls[name], redis.url, folder, count // 40)
        for name, url in urls.items():
            lines += pages.history(name, url)
        return lines
    finally:
        redis.stop()
        cluster.stop()


if __name__ == "__main__":
    sys.exit(main())
