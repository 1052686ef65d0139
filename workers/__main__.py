"""`python -m workers`: one delivery worker; with `--schedule` it also sweeps for what no ring announced.

`python -m workers --maintenance`: one maintenance worker. Deliveries go on without any, but leases that ran out,
held events, notices, mail and old rows wait for one: `/readyz` says what is late.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from typing import TYPE_CHECKING

from redis import Redis
from redis.exceptions import RedisError

from app.core.settings import SettingsError
from app.ledger.leases import TEMPORARY
from app.queries.encryption_keys import tell_missing_keys
from workers.schedule import CronThread
from workers.worker import DeliveryWorker, Runtime

# How often a worker looks into SQL by itself while there is no Redis to ring.
WITHOUT_DOORBELL_S = 1.0
# The engine's two threads hand work to each other all the time; Python's default of 5 ms makes each wait.
SWITCH_INTERVAL_S = 0.0005

if TYPE_CHECKING:
    from workers.maintenance import MaintenanceRuntime
    from workers.runtime import WorkerRuntime

log = logging.getLogger("workers")


def main() -> int:
    """Work until SIGTERM or Ctrl-C; returns the exit code."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    parser = argparse.ArgumentParser(prog="python -m workers", description=__doc__)
    parser.add_argument(
        "--schedule", action="store_true", help="also look now and then for what no ring announced"
    )
    parser.add_argument("--maintenance", action="store_true", help="do the maintenance instead of delivering")
    arguments = parser.parse_args()
    try:
        runtime = _runtime(arguments.maintenance)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    with runtime.app.app_context():
        tell_missing_keys(runtime.app.extensions["vault"].key_ids)
    if arguments.schedule and not arguments.maintenance and runtime.redis_url:
        schedule = CronThread(Redis.from_url(runtime.redis_url, socket_timeout=5))
        threading.Thread(target=schedule.run_until, args=(runtime.stopping,), daemon=True).start()
    work(runtime)
    runtime.close()
    return 0


def _runtime(maintenance: bool) -> MaintenanceRuntime | WorkerRuntime:
    """Each kind of worker loads its own half of the program (`workers.jobs` says why)."""
    if maintenance:
        from workers.maintenance import maintenance_runtime  # noqa: PLC0415 (as said above)

        return maintenance_runtime()
    from workers.runtime import worker_runtime  # noqa: PLC0415 (as said above)

    return worker_runtime()


def work(runtime: Runtime) -> None:
    """Serve the jobs of this runtime; while Redis is away, look into SQL every second instead."""
    _stop_on_signals(runtime)
    while not runtime.stopping.is_set():
        if not _serve_doorbell(runtime):
            _stop_on_signals(runtime)
            _without_doorbell(runtime)


def _serve_doorbell(runtime: Runtime) -> bool:
    """Run RQ's loop until it ends; False if there is no Redis to serve."""
    if runtime.redis_url is None:
        return False
    try:
        connection = Redis.from_url(runtime.redis_url)
        connection.ping()
        DeliveryWorker(runtime, connection).work(logging_level="WARNING")
    except RedisError as error:
        log.warning("Redis is away, so work goes on without a doorbell: %s", error)
        return False
    return True


def _without_doorbell(runtime: Runtime) -> None:
    """Look once, and wait. A database that goes away meanwhile has a next time too, as it has in RQ's jobs."""
    try:
        if runtime.needs_sweeps:
            runtime.sweep()
    except TEMPORARY as error:
        log.warning("The database is away; it is tried again in a moment: %s", error)
    runtime.stopping.wait(WITHOUT_DOORBELL_S)


def _stop_on_signals(runtime: Runtime) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: runtime.stopping.set())


if __name__ == "__main__":
    sys.exit(main())
