"""How often an incoming webhook is called in a minute: counted by all web processes together, in Redis.

While Redis is away each process counts by itself, so that a call is never refused, nor let through without end,
because of it.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

import structlog
from flask import current_app
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter
from redis.exceptions import RedisError

EXTENSION = "incoming_rate"
KEY_PREFIX = "hookdesk:incoming"
CONNECT_S, ANSWER_S = 0.25, 0.5
# After a failure Redis is left alone for so long: nobody waits for it again and again.
REST_S = 5.0

log = structlog.get_logger(__name__)


class SharedRate:
    """Counts calls in minutes that begin with the first of them. Safe to use from many threads."""

    def __init__(self, redis_url: str | None) -> None:
        """`redis_url` None: there is no Redis."""
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._shared = FixedWindowRateLimiter(_storage(redis_url)) if redis_url else None
        self._rest_until = 0.0
        self._lock = threading.Lock()

    def wait_s(self, who: str, per_minute: int) -> int:
        """Count a call of `who`; 0 if it may go on, else for how many seconds to wait."""
        return self._counted(lambda limiter: _wait(limiter, who, per_minute))

    def take(self, who: str, per_minute: int, calls: int) -> int:
        """Count so many calls of `who`; returns how many of them may go on."""
        return self._counted(lambda limiter: _take(limiter, who, per_minute, calls))

    def _counted(self, count: Callable[[FixedWindowRateLimiter], int]) -> int:
        if self._shared is not None and time.monotonic() >= self._rest_until:
            try:
                return count(self._shared)
            except (RedisError, OSError) as error:
                with self._lock:
                    self._rest_until = time.monotonic() + REST_S
                log.warning("Redis is away; each process counts incoming calls by itself", error=str(error))
        return count(self._own)


def rate() -> SharedRate:
    """The one of the running app."""
    made: SharedRate | None = current_app.extensions.get(EXTENSION)
    if made is None:
        made = current_app.extensions.setdefault(
            EXTENSION, SharedRate(current_app.config["SETTINGS"].redis_url)
        )
    return made


def _storage(redis_url: str) -> RedisStorage:
    return RedisStorage(
        redis_url,
        key_prefix=KEY_PREFIX,
        socket_connect_timeout=CONNECT_S,
        socket_timeout=ANSWER_S,
    )


def _wait(limiter: FixedWindowRateLimiter, who: str, per_minute: int) -> int:
    item = RateLimitItemPerMinute(per_minute)
    if limiter.hit(item, who):
        return 0
    return max(1, math.ceil(limiter.get_window_stats(item, who).reset_time - time.time()))


def _take(limiter: FixedWindowRateLimiter, who: str, per_minute: int, calls: int) -> int:
    item = RateLimitItemPerMinute(per_minute)
    counted = limiter.storage.incr(item.key_for(who), item.get_expiry(), amount=calls)
    return min(calls, max(0, calls - (counted - per_minute)))
