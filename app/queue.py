"""The doorbell: the only module of the app that enqueues.

SQL is the truth. A ring tells the workers that something is due; a lost one only costs the seconds
until the next sweep, so no failure of Redis reaches the caller.
"""

from __future__ import annotations

import logging
import threading
import time

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

QUEUE = "deliveries"
CHANNEL = "hookdesk:doorbell"
FLAG = "hookdesk:ringing"
DELIVER_JOB = "workers.jobs.deliver"
FLAG_MS = 2_000
REST_S = 1.0
GAP_S = 0.005

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
        self._rang_at = 0.0
        self._turn = threading.Lock()
        self._owed = threading.Event()
        self._ringer: threading.Thread | None = None

    def ring(self) -> bool:
        """Tell the workers that deliveries are due. False if Redis did not hear it.

        Workers in mid-flight hear the channel; an idle one gets a job, one job however often it rings.
        Of many rings within a few milliseconds the first goes out at once, and one more at their end.
        After a failure Redis is left alone for a second, so that a dead one does not slow each request.
        """
        with self._turn:
            if time.monotonic() - self._rang_at < GAP_S:
                self._ring_soon()
                return True
            self._rang_at = time.monotonic()
        return self._ring_now()

    def _ring_soon(self) -> None:
        if self._ringer is None:
            self._ringer = threading.Thread(target=self._ring_what_is_owed, name="doorbell", daemon=True)
            self._ringer.start()
        self._owed.set()

    def _ring_what_is_owed(self) -> None:
        while self._owed.wait():
            time.sleep(GAP_S)
            # First this, then the ring: whoever comes from now on is not covered by it.
            self._owed.clear()
            self._ring_now()

    def _ring_now(self) -> bool:
        if self._redis is None or self._queue is None or time.monotonic() < self._rest_until:
            return False
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
            return False
        return True

    def reachable(self) -> bool:
        """True if Redis answers a ping."""
        try:
            return bool(self._redis is not None and self._redis.ping())
        except RedisError:
            return False
