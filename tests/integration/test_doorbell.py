"""The doorbell: heard at once, and not once for each of a thousand callers."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from redis import Redis
from redis.client import PubSub

from app.core.doorbell import CHANNEL, Doorbell
from tests.machine.redis import RedisServer

pytestmark = pytest.mark.databases("sqlite")


def listening(redis_server: RedisServer) -> PubSub:
    """Somebody who hears every ring from now on."""
    heard = Redis.from_url(redis_server.url).pubsub(ignore_subscribe_messages=True)
    heard.subscribe(CHANNEL)
    heard.get_message(timeout=1)
    return heard


def rings(heard: PubSub) -> int:
    """How many rings were heard, when it has been quiet for a while."""
    count = 0
    while heard.get_message(timeout=0.3) is not None:
        count += 1
    return count


def test_one_ring_is_heard_once(redis_server: RedisServer) -> None:
    heard = listening(redis_server)
    Doorbell(redis_server.url).ring()
    assert rings(heard) == 1


def test_many_rings_are_few_and_the_last_caller_is_heard_too(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.core.doorbell.GAP_S", 0.2)
    heard, doorbell = listening(redis_server), Doorbell(redis_server.url)
    started = time.monotonic()
    doorbell.ring()
    assert heard.get_message(timeout=1) is not None
    for _ in range(100):
        doorbell.ring()
    seconds = time.monotonic() - started
    assert 1 <= rings(heard) <= 1 + seconds / 0.2


def test_a_caller_does_not_wait_for_a_redis_that_is_frozen(redis_server: RedisServer) -> None:
    heard, doorbell = listening(redis_server), Doorbell(redis_server.url)
    redis_server.freeze()
    try:
        started = time.monotonic()
        for _ in range(20):
            doorbell.ring()
        assert time.monotonic() - started < 0.4
    finally:
        redis_server.thaw()
        rings(heard)  # What it still owed is heard here, and not by the next test.


def test_a_ring_is_heard_though_the_program_ends_at_once(redis_server: RedisServer) -> None:
    heard = listening(redis_server)
    program = f"from app.core.doorbell import Doorbell; Doorbell({redis_server.url!r}).ring()"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=20)
    assert rings(heard) == 1
