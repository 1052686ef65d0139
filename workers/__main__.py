"""`python -m workers`: one delivery worker; with `--schedule` it also runs the periodic jobs."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading

from redis import Redis
from redis.exceptions import RedisError

from app.config import SettingsError
from app.delivery.ledger import TEMPORARY
from workers.errands import Errands
from workers.post import PostRoom, post_room
from workers.schedule import Schedule
from workers.worker import DeliveryWorker

# How often a worker looks into SQL by itself while there is no Redis to ring.
WITHOUT_DOORBELL_S = 1.0
# The engine's two threads hand work to each other all the time; Python's default of 5 ms makes each wait.
SWITCH_INTERVAL_S = 0.0005

log = logging.getLogger("workers")


def main() -> int:
    """Work until SIGTERM or Ctrl-C; returns the exit code."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    parser = argparse.ArgumentParser(prog="python -m workers", description=__doc__)
    parser.add_argument("--schedule", action="store_true", help="also run the periodic jobs")
    arguments = parser.parse_args()
    try:
        room = post_room()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    if arguments.schedule and room.redis_url:
        schedule = Schedule(Redis.from_url(room.redis_url, socket_timeout=5))
        threading.Thread(target=schedule.run_until, args=(room.stopping,), daemon=True).start()
    errands = Errands(room.app, room.stopping)
    if arguments.schedule:
        errands.start()
    work(room)
    if arguments.schedule:
        errands.join()
    room.close()
    return 0


def work(room: PostRoom) -> None:
    """Serve the doorbell; while it is away, look into SQL every second instead."""
    _stop_on_signals(room)
    while not room.stopping.is_set():
        if not _serve_doorbell(room):
            _stop_on_signals(room)
            _without_doorbell(room)


def _serve_doorbell(room: PostRoom) -> bool:
    """Run RQ's loop until it ends; False if there is no Redis to serve."""
    if room.redis_url is None:
        return False
    try:
        connection = Redis.from_url(room.redis_url)
        connection.ping()
        DeliveryWorker(room, connection).work(logging_level="WARNING")
    except RedisError as error:
        log.warning("Redis is away, so deliveries go on without a doorbell: %s", error)
        return False
    return True


def _without_doorbell(room: PostRoom) -> None:
    """Look once, and wait. A database that goes away meanwhile has a next time too, as it has in RQ's jobs."""
    try:
        room.sweep()
    except TEMPORARY as error:
        log.warning("The database is away; it is tried again in a moment: %s", error)
    room.stopping.wait(WITHOUT_DOORBELL_S)


def _stop_on_signals(room: PostRoom) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: room.stopping.set())


if __name__ == "__main__":
    sys.exit(main())
