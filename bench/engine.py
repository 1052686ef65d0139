"""How quickly one worker's engine delivers, with every row written, and what it needs of memory."""

from __future__ import annotations

import time
from ipaddress import ip_network
from pathlib import Path

import psutil
from sqlalchemy import Engine as DatabaseEngine

from app.core.encryption import Vault
from app.ledger.leases import open_ledger
from app.outbound import OutboundPolicy
from app.sending.engine.engine import Engine
from bench.baselines import bare_libcurl, one_job_per_delivery
from bench.load import DATA, add_deliveries, add_webhooks, fresh_database, new_vault
from bench.progress import attempts_made
from bench.receiver import most_together, running_receiver
from bench.table import Line, median_round
from tests.machine.processes import worker
from tests.machine.settings import settings_for

POLICY = OutboundPolicy(allow_networks=(ip_network("127.0.0.0/8"),), allow_http=True, allow_ports=None)
WEBHOOKS = 60
SLOW_DELIVERIES = 4000
ROUNDS = 7
# The bare loop makes about so many times as many in the same time.
LONGER = 4


def throughput(
    name: str, database_url: str, redis_url: str, bar: float, job_bar: float, count: int
) -> list[Line]:
    """One engine against a fast receiver: over a bare libcurl loop, and over one RQ job per delivery.

    Engine and bare loop take turns, each as long as the other, and the median of the rounds' ratios counts: what
    else the machine does at that time hurts both alike.
    """
    with running_receiver() as url:
        rounds = []
        for _ in range(ROUNDS):
            ours = _deliver(database_url, url, count)
            rounds.append((ours, bare_libcurl(url, DATA, count * LONGER)))
        job = _one_job_each(database_url, redis_url, url)
    ours, bare = median_round(rounds)
    return [
        Line(f"{name}: one engine / bare libcurl", f"{ours:,.0f}/s", f"{bare:,.0f}/s", ours / bare, bar),
        Line(f"{name}: one engine / one RQ job each", f"{ours:,.0f}/s", f"{job:,.0f}/s", ours / job, job_bar),
    ]


def memory(folder: Path) -> list[Line]:
    """The memory of a worker process with 500 transfers in flight to a receiver that takes a second."""
    settings = settings_for(folder / "instance", DATABASE_URL=f"sqlite:///{folder / 'memory.db'}")
    key_id, _, key = settings["ENCRYPTION_KEYS"].partition(":")
    with running_receiver(delay_ms=1000) as url:
        database, vault = fresh_database(settings["DATABASE_URL"]), Vault([(key_id, key)])
        add_deliveries(database, add_webhooks(database, vault, url, WEBHOOKS), SLOW_DELIVERIES)
        process = worker(settings, folder / "worker.log")
        process.start()
        most = _watch(database, psutil.Process(process.pid))
        in_flight = most_together(url)
        process.kill()
    return [
        Line(
            f"Memory of a worker, {in_flight} in flight / 200 MB",
            f"{most / 1e6:,.0f} MB",
            "200 MB",
            most / 200e6,
            1.0,
            at_most=True,
        )
    ]


def _watch(database: DatabaseEngine, process: psutil.Process) -> int:
    """The most memory (bytes) until half of the deliveries are done."""
    most = 0
    while attempts_made(database) < SLOW_DELIVERIES // 2:
        most = max(most, process.memory_info().rss)
        time.sleep(0.1)
    return most


def _deliver(database_url: str, url: str, count: int) -> float:
    database, vault = fresh_database(database_url), new_vault()
    add_deliveries(database, add_webhooks(database, vault, url, WEBHOOKS), count)
    engine = Engine(open_ledger(database_url), POLICY, vault.decrypt)
    started = time.perf_counter()
    attempts = engine.run()
    engine.close()
    seconds = time.perf_counter() - started
    # Not before: as in use, somebody else has the database open. Whoever closes SQLite's last connection tidies it up.
    database.dispose()
    if attempts != count:
        raise RuntimeError(f"{attempts} tries were made for {count} deliveries.")
    return count / seconds


def _one_job_each(database_url: str, redis_url: str, url: str) -> float:
    database = fresh_database(database_url)
    ids = add_deliveries(database, add_webhooks(database, new_vault(), url, WEBHOOKS), 600)
    database.dispose()
    return one_job_per_delivery(redis_url, database_url, url, ids)
