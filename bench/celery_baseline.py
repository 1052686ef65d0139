"""Deliveries per second of Celery with requests, in as many processes as asked for."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import create_engine

from bench.progress import attempts_made

READY_S = 60.0
DONE_S = 120.0


def celery_with_requests(
    redis_url: str, database_url: str, url: str, ids: Sequence[str], processes: int
) -> float:
    """From the first task handed in to the last row written, with the processes running already."""
    os.environ["BENCH_BROKER"] = redis_url
    from bench.celery_app import app, deliver  # noqa: PLC0415 (it reads the broker's address when it is loaded)

    engine = create_engine(database_url)
    with _running(redis_url, processes):
        _wait_until_ready(app)
        started = time.perf_counter()
        for delivery_id in ids:
            deliver.delay(database_url, url, delivery_id)
        until = started + DONE_S
        while attempts_made(engine) < len(ids):
            if time.perf_counter() > until:
                raise RuntimeError("Celery did not finish in time.")
            time.sleep(0.05)
        seconds = time.perf_counter() - started
    engine.dispose()
    return len(ids) / seconds


@contextmanager
def _running(redis_url: str, processes: int) -> Iterator[None]:
    words = ["-A", "bench.celery_app", "worker", "--pool", "prefork", "--concurrency", str(processes)]
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "celery",
            *words,
            "--loglevel",
            "ERROR",
            "--without-gossip",
            "--without-mingle",
        ],
        env={**os.environ, "BENCH_BROKER": redis_url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_until_ready(app: object) -> None:
    until = time.monotonic() + READY_S
    while not app.control.ping(timeout=0.5):  # type: ignore[attr-defined]
        if time.monotonic() > until:
            raise RuntimeError("Celery did not start.")
