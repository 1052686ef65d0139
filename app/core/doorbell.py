"""The doorbell: the only module of the app that enqueues.

SQL is the truth. A ring tells the workers that something is due; a lost one only costs the seconds
until the next sweep, so no failure of Redis reaches the caller.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

QUEUE, MAINTENANCE_QUEUE = "deliveries", "maintenance"
CHANNEL = "hookdesk:doorbell"
FLAG = "hookdesk:ringing"
MAINTENANCE_FLAG = "hookdesk:ringing:maintenance"
DELIVER_JOB, MAINTAIN_JOB = "workers.jobs.deliver", "workers.jobs.maintain"
FLAG_MS = 2_000
MAINTENANCE_GAP_MS = 200
# What web processes remember for a moment, and drop at once when they hear here that it changed.
CHANGED = "hookdesk:changed"
KEY_CHANGED, TYPES_CHANGED = "key", "types"
REST_S = 1.0
GAP_S = 0.005
IDLE_S = 5.0

log = logging.getLogger(__name__)


class Doorbell:
    """Rings the workers through Redis. Safe to use from many threads."""

    def __init__(self, redis_url: str | None) -> None:
        """`redis_url` None: there is no Redis; rings do nothing and the sweep finds the work."""
        self._redis = (
            Redis.from_url(redis_url, socket_connect_timeout=0.25, socket_timeout=0.5) if redis_url else None
        )
        self._queue = (
            Queue(QUEUE, connection=self._redis, serializer=JSONSerializer)
            if self._redis is not None
            else None
        )
        self._rest_until = 0.0
        self._owed = threading.Event()
        # The turn is held while it rings; the staff for a moment, to say that there is something and who rings.
        self._turn, self._staff = threading.Lock(), threading.Lock()
        self._ringer: threading.Thread | None = None
        if self._redis is not None:
            atexit.register(self._ring_what_is_owed)

    def ring_maintenance(self) -> None:
        """Tell a maintenance worker that there is more to do than one step. It looks by itself every second.

        The caller does not wait for Redis.
        """
        if self._redis is not None and time.monotonic() >= self._rest_until:
            threading.Thread(target=self._ring_maintenance_now, daemon=True).start()

    def _ring_maintenance_now(self) -> None:
        if self._redis is None:
            return
        try:
            if self._redis.set(MAINTENANCE_FLAG, b"1", nx=True, px=MAINTENANCE_GAP_MS):
                queue = Queue(MAINTENANCE_QUEUE, connection=self._redis, serializer=JSONSerializer)
                queue.enqueue_call(MAINTAIN_JOB, timeout=-1, result_ttl=0, failure_ttl=3600, ttl=60)
        except RedisError as error:
            self._rest_until = time.monotonic() + REST_S
            log.warning("The maintenance was not rung; it looks by itself: %s", error)

    def ring(self) -> None:
        """Tell the workers that deliveries are due. The caller does not wait for Redis, dead or alive.

        Workers in mid-flight hear the channel; an idle one gets a job, one job however often it rings.
        The first ring goes out at once; those that come while it does, or within a few milliseconds after
        it, become one. After a failure Redis is left alone for a second.
        """
        if self._redis is None:
            return
        with self._staff:
            self._owed.set()
            if self._ringer is None:
                self._ringer = threading.Thread(target=self._ring_on, name="doorbell", daemon=True)
                self._ringer.start()

    def tell_changed(self, kind: str, name: str) -> None:
        """Tell every web process that this changed: a key (its digest), or the event types of a space.

        Without Redis they notice within a second.
        """
        if self._redis is None or time.monotonic() < self._rest_until:
            return
        try:
            self._redis.publish(CHANGED, f"{kind}:{name}")
        except RedisError as error:
            self._rest_until = time.monotonic() + REST_S
            log.warning("Redis does not answer (%s); other web processes notice within a second", error)

    def _ring_on(self) -> None:
        while True:
            while self._owed.wait(IDLE_S):
                self._ring_what_is_owed()
                time.sleep(GAP_S)
            with self._staff:
                if not self._owed.is_set():
                    self._ringer = None
                    return

    def _ring_what_is_owed(self) -> None:
        with self._turn:
            if self._owed.is_set():
                # First this, then the ring: whoever comes from now on is not covered by it.
                self._owed.clear()
                self._ring_now()

    def _ring_now(self) -> None:
        if self._redis is None or self._queue is None or time.monotonic() < self._rest_until:
            return
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.publish(CHANNEL, b"1")
                pipe.set(FLAG, b"1", nx=True, px=FLAG_MS)
                first = pipe.execute()[1]
            if first:
                self._queue.enqueue_call(DELIVER_JOB, timeout=-1, result_ttl=0, failure_ttl=3600)
        except RedisError as error:
            self._rest_until = time.monotonic() + REST_S
            log.warning("The doorbell did not ring; the sweep will find the work: %s", error)

    def reachable(self) -> bool:
        """True if Redis answers a ping."""
        try:
            return bool(self._redis is not None and self._redis.ping())
        except RedisError:
            return False
