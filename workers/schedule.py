"""The periodic jobs, by RQ's cron."""

from __future__ import annotations

import logging
import threading

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.cron import CronJob, CronScheduler
from rq.serializers import JSONSerializer
from rq.utils import now

from app.core.doorbell import QUEUE
from workers import jobs

SWEEP_EVERY_S = 3

log = logging.getLogger(__name__)


class CronThread(CronScheduler):
    """RQ's cron in a thread of a worker. Several may run: doubled sweeps do no harm."""

    def __init__(self, connection: Redis) -> None:
        """`connection` is this schedule's own."""
        super().__init__(connection, logging_level=logging.WARNING)
        self._queue = Queue(QUEUE, connection=connection, serializer=JSONSerializer)
        # A sweep that no worker took before the next one is due is worth nothing: it expires.
        self.register(jobs.sweep, QUEUE, interval=SWEEP_EVERY_S, ttl=SWEEP_EVERY_S)

    def enqueue_jobs(self) -> list[CronJob]:
        """Enqueue what is due, serialised as our workers read it (RQ's cron always pickles)."""
        at = now()
        due = [job for job in self.get_jobs() if job.should_run()]
        for job in due:
            self._queue.enqueue_call(
                job.func_name, timeout=-1, result_ttl=0, failure_ttl=3600, ttl=job.job_options["ttl"]
            )
            job.set_enqueue_time(at)
        return due

    def run_until(self, stopping: threading.Event) -> None:
        """Enqueue in time until `stopping` is set. A Redis that is away is tried again every second."""
        while not stopping.is_set():
            try:
                self.enqueue_jobs()
                stopping.wait(max(0.05, self.calculate_sleep_interval()))
            except RedisError as error:
                log.warning("The schedule waits for Redis: %s", error)
                stopping.wait(1)
