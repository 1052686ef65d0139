"""Hears from Redis what changed in another process, so that nothing remembered outlives it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from redis import Redis
from redis.exceptions import RedisError

from app.core.doorbell import CHANGED

REST_S = 1.0
WAIT_S = 30.0


def listen(redis_url: str | None, changed: Callable[[str, str], None]) -> None:
    """From now on call `changed` with the kind and the name of what changes, in a thread of its own.

    Without Redis nothing is heard; what is remembered is a second old at most in any case.
    """
    if redis_url:
        threading.Thread(target=_listen_on, args=(redis_url, changed), name="news", daemon=True).start()


def _listen_on(redis_url: str, changed: Callable[[str, str], None]) -> None:
    while True:
        try:
            with Redis.from_url(redis_url, socket_connect_timeout=1) as redis, redis.pubsub() as ears:
                ears.subscribe(CHANGED)
                while True:
                    message = ears.get_message(ignore_subscribe_messages=True, timeout=WAIT_S)
                    if message is not None:
                        kind, _colon, name = message["data"].decode().partition(":")
                        changed(kind, name)
        except (RedisError, OSError):
            time.sleep(REST_S)
