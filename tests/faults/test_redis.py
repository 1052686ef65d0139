"""Redis is only the doorbell: emptied, killed, frozen, it loses nothing."""

from __future__ import annotations

import time


def test_flushall_with_500_waiting(token_store, new_worker, redis_server):
    token_store.add_webhook()
    token_store.publish(500)
    redis_server.flush()
    new_worker()
    token_store.wait_until_done()
    token_store.assert_promises()


def test_flushall_while_a_worker_is_idle(token_store, new_worker, redis_server, receiver):
    token_store.add_webhook()
    new_worker()
    token_store.publish(1)
    receiver.wait_for(1)
    redis_server.flush()
    token_store.publish(50)
    token_store.wait_until_done()
    token_store.assert_promises()


def test_redis_killed_and_started_again_empty(token_store, new_worker, redis_server, receiver):
    token_store.add_webhook()
    running = new_worker()
    token_store.publish(1)
    receiver.wait_for(1)
    redis_server.stop()
    started = time.monotonic()
    token_store.publish(20)
    assert time.monotonic() - started < 2, "publishing waited for Redis"
    token_store.wait_until_done()
    redis_server.start()
    token_store.publish(20)
    token_store.wait_until_done()
    token_store.assert_promises()
    assert running.exit_code is None


def test_redis_frozen(token_store, new_worker, redis_server, receiver):
    token_store.add_webhook()
    new_worker()
    token_store.publish(1)
    receiver.wait_for(1)
    redis_server.freeze()
    started = time.monotonic()
    token_store.publish(20)
    assert time.monotonic() - started < 3, "publishing waited for Redis"
    redis_server.thaw()
    token_store.wait_until_done()
    token_store.assert_promises()
