"""After an attempt the engine stays for the next ring, and no longer than it was told to."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor


def test_an_event_that_is_rung_while_it_lingers_goes_out_in_the_same_run(
    new_webhook, publish, runtime, receiver
):
    new_webhook()
    publish()
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(runtime._engine.run, linger_s=3.0)
        receiver.wait_for(1)
        time.sleep(0.3)
        publish()
        rung = time.monotonic()
        runtime._engine.ring()
        receiver.wait_for(2)
        assert time.monotonic() - rung < 0.9
        assert run.result(timeout=30) == 2


def test_without_an_attempt_it_does_not_linger(new_webhook, runtime):
    new_webhook()
    began = time.monotonic()
    assert runtime._engine.run(linger_s=30.0) == 0
    assert time.monotonic() - began < 10


def test_one_that_is_to_stop_does_not_linger(new_webhook, publish, runtime, receiver):
    new_webhook()
    publish()
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(runtime._engine.run, runtime.stopping.is_set, 30.0)
        receiver.wait_for(1)
        runtime.stopping.set()
        assert run.result(timeout=10) == 1


def test_a_sweep_does_not_linger(new_webhook, publish, runtime):
    new_webhook()
    publish()
    began = time.monotonic()
    assert runtime.sweep() == 1
    assert time.monotonic() - began < 2.0
