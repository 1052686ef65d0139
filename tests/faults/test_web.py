"""The web process is killed in mid-request, and gets bodies that break parsers: 2xx means stored, and sent."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from app.services import api_keys
from app.services.events.schema import MAX_DATA_BYTES
from tests.machine.ports import free_port
from tests.machine.processes import Process, web

PUBLISHERS = 4


@pytest.fixture
def web_process(settings: dict[str, str], tmp_path: Path) -> Iterator[Process]:
    """The web server, answering."""
    process = web({**settings, "PORT": str(free_port())}, tmp_path / "web.log")
    process.start()
    process.wait_for_health()
    yield process
    process.kill()


class Publisher:
    """Publishes through the API, and keeps book of each answer, also of those that never came."""

    def __init__(self, installation, process: Process) -> None:
        self._token_store = installation
        self._url = f"{process.url}/api/v1/events"
        with installation.app.test_request_context():
            _key, text = api_keys.create_key(installation.space_id, "Shop", ("administrative",))
        self._headers = {"Authorization": f"Bearer {text}", "Content-Type": "application/json"}

    def send(self, raw: bytes) -> requests.Response:
        """One request with this body; an accepted one is noted."""
        answer = requests.post(self._url, raw, headers=self._headers, timeout=10)
        if answer.ok:
            self._token_store.told.accepted[answer.json()["id"]] = self._token_store.wanting
        return answer

    def go_on_until(self, stop: threading.Event) -> None:
        """One event after the other, whatever the answer."""
        while not stop.is_set():
            item = self._token_store.next_item()
            try:
                if self.send(json.dumps(item).encode()).ok:
                    continue
            except requests.RequestException:
                time.sleep(0.05)
            self._token_store.told.unanswered[str(item["object_id"])] = self._token_store.wanting


def test_kill_9_in_mid_request(installation, new_worker, web_process):
    installation.add_webhook(max_in_flight=50)
    publisher, stop = Publisher(installation, web_process), threading.Event()
    threads = [threading.Thread(target=publisher.go_on_until, args=(stop,)) for _ in range(PUBLISHERS)]
    for thread in threads:
        thread.start()
    try:
        _wait_for_accepted(installation, 50)
        web_process.kill()
        before = len(installation.told.accepted)
        new_worker()
        web_process.start()
        _wait_for_accepted(installation, before + 50)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert installation.told.unanswered
    installation.wait_until_done()
    installation.assert_promises()


POISON = {
    "NUL": rb'{"a":"\u0000","\u0000":1}',
    "lone surrogate": rb'{"a":"\ud800"}',
    "too large a number": b'{"a":1e400}',
    "10,000 deep": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "invalid UTF-8": b'{"a":"\xff\xfe"}',
    "empty": b"{}",
    "largest allowed": b'{"a":"' + b"x" * (MAX_DATA_BYTES - 8) + b'"}',
    "larger than allowed": b'{"a":"' + b"x" * (MAX_DATA_BYTES + 8) + b'"}',
}


def test_poison_is_stored_or_refused_and_in_nobodys_way(installation, new_worker, web_process, receiver):
    installation.add_webhook()
    new_worker()
    publisher = Publisher(installation, web_process)
    answers = {}
    for name, data in POISON.items():
        answers[name] = publisher.send(b'{"type":"lead.created","data":' + data + b"}")
        assert publisher.send(json.dumps(installation.next_item()).encode()).status_code == 202
    assert {name for name, a in answers.items() if a.ok} == {"NUL", "empty", "largest allowed"}
    assert all(400 <= a.status_code < 500 for a in answers.values() if not a.ok)
    assert publisher.send(b"").status_code == 400
    installation.wait_until_done()
    installation.assert_promises()
    bodies = {r.header("webhook-id"): r.json()["data"] for r in receiver.requests}
    for name in ("NUL", "empty", "largest allowed"):
        assert bodies[answers[name].json()["id"]] == json.loads(POISON[name]), name


def _wait_for_accepted(installation, count: int) -> None:
    until = time.monotonic() + 30
    while len(installation.told.accepted) < count:
        assert time.monotonic() < until, f"{len(installation.told.accepted)} of {count} events were accepted"
        time.sleep(0.02)
