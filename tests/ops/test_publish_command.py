"""`flask publish` beside a running program arrives as quickly as by the API: it rings the same doorbell (R47)."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import requests

from app.core.settings import PRIVATE_REDIS, ROOT
from tests.machine.receiver import Receiver
from tests.machine.running import Running

SPACE = "My space"


def test_what_it_publishes_is_sent_at_once(running: Running, receiver: Receiver) -> None:
    make_webhook(running, receiver)
    waits = []
    for number in range(1, 5):
        time.sleep(0.7 * number)  # at other moments of the sweep, which comes every few seconds
        publish(running)
        printed = time.monotonic()
        receiver.wait_for(number + 1)  # the first was the ping
        waits.append(time.monotonic() - printed)
    assert max(waits) < 0.8, waits


def test_only_its_owner_reads_where_redis_is(running: Running) -> None:
    path = Path(running.settings["INSTANCE_DIR"]) / PRIVATE_REDIS
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def make_webhook(running: Running, receiver: Receiver) -> None:
    key = running.api_key(SPACE, "webhooks:write")
    headers = {"Authorization": f"Bearer {key}"}
    data = {"name": "A", "url": receiver.url, "events": ["lead.created"]}
    made = requests.post(f"{running.url}/api/v1/webhooks", json=data, headers=headers, timeout=10)
    address = f"{running.url}/api/v1/webhooks/{made.json()['id']}/enable"
    assert requests.post(address, headers=headers, timeout=10).status_code == 200


def publish(running: Running) -> None:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "publish", "--space", SPACE]
    environment = {**os.environ, **running.settings, "REDIS_URL": ""}
    subprocess.run([*command, "lead.created", "{}"], cwd=ROOT, env=environment, check=True, timeout=60)
