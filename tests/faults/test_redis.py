"""Redis is only the doorbell: emptied, killed, frozen, it loses nothing."""

from __future__ import annotations

import time


def test_flushall_with_500_waiting(installation, new_worker, redis_server):
    installation.add_webhook()
    installation.publish(500)
    redis_server.flush()
    new_worker()
    installation.wait_until_done()
    installation.assert_promises()


def test_flushall_while_a_worker_is_idle(installation, new_worker, redis_server, receiver):
    installation.add_webhook()
    new_worker()
    installation.publish(1)
    receiver.wait_for(1)
    redis_server.flush()
    installation.publish(50)
    installation.wait_until_done()
    installation.assert_promises()


def test_redis_killed_and_started_again_empty(installation, new_worker, redis_server, receiver):
    installation.add_webhook()
    running = new_worker()
    installation.publish(1)
    receiver.wait_for(1)
    redis_server.stop()
    started = time.monotonic()
    installation.publish(20)
    assert time.monotonic() - started < 2, "publishing waited for Redis"
    installation.wait_until_done()
    redis_server.start()
    installation.publish(20)
    installation.wait_until_done()
    installation.assert_promises()
    assert running.exit_code is None


def test_redis_frozen(installation, new_worker, redis_server, receiver):
    installation.add_webhook()
    new_worker()
    installation.publish(1)
    receiver.wait_for(1)
    redis_server.freeze()
    started = time.monotonic()
    installation.publish(20)
    assert time.monotonic() - started < 3, "publishing waited for Redis"
    redis_server.thaw()
    installation.wait_until_done()
    installation.assert_promises()
