"""Receivers that never answer, names that are never found: they take only their own lane (G)."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.machine.processes import worker
from tests.machine.receiver import Answer
from tests.machine.settings import SILENT_NAMES

TIMEOUT_S = 3
# Far below the time limit of those that never answer, whatever else this machine does.
NOT_HELD_UP_S = 2.0


@pytest.mark.slow_faults
def test_50_receivers_that_never_answer_beside_a_healthy_one(installation, new_worker, new_receiver):
    silent = new_receiver()
    silent.always(Answer(silent=True))
    for _ in range(50):
        installation.add_webhook(silent, healthy=False, timeout_s=TIMEOUT_S, schedule=[])
    installation.publish(1)
    healthy = installation.add_webhook()
    new_worker()
    silent.wait_for(50, 30)
    ids = []
    for _ in range(2):
        ids += installation.publish(1)
        time.sleep(0.3)
    installation.wait_until_done()
    installation.assert_promises()
    installation.assert_not_held_up(healthy, ids, NOT_HELD_UP_S)


@pytest.mark.slow_faults
def test_names_that_are_never_found_beside_a_healthy_one(installation, settings, tmp_path: Path, receiver):
    for n in range(30):
        url = f"http://host{n}.silent.example/"
        installation.add_webhook(url=url, healthy=False, schedule=[], timeout_s=TIMEOUT_S)
    healthy = installation.add_webhook()
    by_name = installation.add_webhook(url=f"http://localhost:{receiver.port}/{len(installation.told.paths)}")
    sending = worker({**settings, **SILENT_NAMES}, tmp_path / "worker.log")
    sending.start()
    try:
        ids = installation.publish(1)
        receiver.wait_for(2)
        for _ in range(2):
            ids += installation.publish(1)
            time.sleep(0.3)
        installation.wait_until_done()
    finally:
        sending.kill()
    installation.assert_promises()
    for webhook_id in (healthy, by_name):
        installation.assert_not_held_up(webhook_id, ids[1:], NOT_HELD_UP_S)
