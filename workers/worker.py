"""The RQ worker: no fork, so that connections and caches stay warm, and no waiting for a Redis that is away."""

from __future__ import annotations

import threading
from types import FrameType
from typing import Any, Protocol

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus

# Seconds after which RQ thinks an idle worker dead. It waits for a job a little shorter than that, so this
# is also how soon a frozen Redis is noticed.
WORKER_TTL_S = 20


class Runtime(Protocol):
    """What a worker process works in: the queue of its jobs, and what they do."""

    queue: str
    # Does it look into SQL only when it is told to?
    needs_sweeps: bool
    redis_url: str | None
    stopping: threading.Event

    def sweep(self) -> object:
        """Look for work, and do it."""

    def close(self) -> None:
        """Close what was opened."""


class ListeningQueue(Queue):
    """A queue that ends the worker's loop when Redis is away, so that `__main__` can go on without it."""

    @classmethod
    def dequeue_any(cls, *args: Any, **kwargs: Any) -> Any:
        """See `rq.Queue.dequeue_any`; raises StopRequested instead of a connection error."""
        try:
            return super().dequeue_any(*args, **kwargs)
        except RedisConnectionError:
            raise StopRequested from None


class DeliveryWorker(SimpleWorker):
    """Runs the jobs of one queue until it is asked to stop or Redis goes away."""

    queue_class = ListeningQueue

    def __init__(self, runtime: Runtime, connection: Redis) -> None:
        """`connection` is this worker's own."""
        queue = ListeningQueue(runtime.queue, connection=connection, serializer=JSONSerializer)
        super().__init__([queue], connection=connection, serializer=JSONSerializer, worker_ttl=WORKER_TTL_S)
        self._runtime = runtime

    def request_stop(self, signum: int | None, frame: FrameType | None) -> None:
        """SIGTERM or Ctrl-C: claim nothing more, finish what is in flight, then end.

        RQ's own handler writes to Redis here, which would throw into the middle of a delivery if Redis
        is away.
        """
        self._runtime.stopping.set()
        self._stop_requested = True
        if self._state != WorkerStatus.BUSY:
            raise StopRequested

    def heartbeat(self, *args: Any, **kwargs: Any) -> None:
        """Tell RQ that we live; a Redis that is away ends the loop instead of being waited for."""
        try:
            super().heartbeat(*args, **kwargs)
        except RedisConnectionError:
            raise StopRequested from None
