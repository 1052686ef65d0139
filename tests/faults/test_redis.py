"""Redis is only the doorbell: emptied, killed, frozen, it loses nothing."""

from __future__ import annotations

import time


def test_flushall_with_500_waiting(desk, new_worker, redis_server):
    desk.add_webhook()
    desk.publish(500)
    redis_server.flush()
    new_worker()
    desk.wait_until_done()
    desk.assert_promises()


def test_flushall_while_a_worker_is_idle(desk, new_worker, redis_server, receiver):
    desk.add_webhook()
    new_worker()
    desk.publish(1)
    receiver.wait_for(1)
    redis_server.flush()
    desk.publish(50)
    desk.wait_until_done()
    desk.assert_promises()


def test_redis_killed_and_started_again_empty(desk, new_worker, redis_server, receiver):
    desk.add_webhook()
    running = new_worker()
    desk.publish(1)
    receiver.wait_for(1)
    redis_server.stop()
    started = time.monotonic()
    desk.publish(20)
    assert time.monotonic() - started < 2, "publishing waited for Redis"
    desk.wait_until_done()
    redis_server.start()
    desk.publish(20)
    desk.wait_until_done()
    desk.assert_promises()
    assert running.exit_code is None


def test_redis_frozen(desk, new_worker, redis_server, receiver):
    desk.add_webhook()
    new_worker()
    desk.publish(1)
    receiver.wait_for(1)
    redis_server.freeze()
    started = time.monotonic()
    desk.publish(20)
    assert time.monotonic() - started < 3, "publishing waited for Redis"
    redis_server.thaw()
    desk.wait_until_done()
    desk.assert_promises()
