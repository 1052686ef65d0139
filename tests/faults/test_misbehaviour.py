"""The whole program among people, publishers, receivers and token servers that send whatever comes to mind.

Nothing is our fault (no 5xx, no traceback), every event that was accepted comes to an end, and a space that behaves
well goes on. HOOKDESK_MISBEHAVE_S says for how many seconds, HOOKDESK_MISBEHAVE_SEED how the dice fall.
"""

from __future__ import annotations

import itertools
import os
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from bench.healthy import logged_in
from tests.faults.fuzzed import Fuzzer
from tests.machine.ports import free_port
from tests.machine.receiver import Receiver
from tests.machine.running import Running, start_running
from tests.outbound.receivers import Receiver as RudeReceiver

SECONDS = float(os.environ.get("HOOKDESK_MISBEHAVE_S", "60"))
SEED = int(os.environ.get("HOOKDESK_MISBEHAVE_SEED", "4711"))
SPACE = "My space"
# On a machine with other work a healthy delivery takes this long at most while all of that goes on.
NOT_HELD_UP_S = 5.0
FORMATS = ("standard", "notification", "sns")
RULES = ("2xx", "status_ok")
LISTS = {
    "/deliveries": ("cursor", "limit", "status", "q", "since", "until", "event_type", "webhook_id", "reason"),
    "/events": ("cursor", "limit", "type", "since", "until", "object_id"),
    "/webhooks": ("cursor", "limit"),
    "/incidents": ("cursor", "limit", "webhook_id"),
    "/records/lead": ("cursor", "limit"),
}
PAGES = {
    "/deliveries": ("cursor", "status", "q", "since", "until", "event_type", "webhook_id", "reason"),
    "/webhooks": ("after",),
    "/incidents": ("before", "state", "webhook_id"),
    "/settings/audit": ("actor", "action", "kind", "subject", "since", "until", "before"),
    "/search": ("q",),
    "/": ("chart",),
    "/records/crm/lead": ("q", "cursor"),
}
CONDITIONS = [{"field": "n", "op": op, "value": "1"} for op in ("is_not", "greater")]


@pytest.fixture
def running(settings: dict[str, str], tmp_path: Path) -> Iterator[Running]:
    """The program, whose first space has an owner."""
    started = start_running({**settings, "REDIS_URL": "", "PORT": str(free_port())}, tmp_path / "run.log")
    yield started
    started.process.terminate()


class Crowd:
    """Everybody who misbehaves, each in a thread, until told to stop; `faults` is what was wrong of us."""

    def __init__(self, running: Running, key: str, receiver: RudeReceiver) -> None:
        self.stop = threading.Event()
        self.done: Counter[str] = Counter()
        self.faults: list[str] = []
        self._url = running.url
        self._port = int(running.settings["PORT"])
        self._bearer = {"Authorization": f"Bearer {key}"}
        self._cookie = {"Cookie": logged_in(running)}
        self._receiver = receiver
        self._seeds = itertools.count(SEED)
        self._webhooks: list[str] = []

    def add_webhooks(self) -> None:
        """One for each format and success rule, and some that ask the receiver for a token first."""
        sign_in = {
            "name": "Rude",
            "token_url": self._receiver.url("/token"),
            "parameters": {"grant_type": "client_credentials", "client_id": "a", "client_secret": "b"},
        }
        made = self._made("/oauth-credentials", sign_in)
        ways = [{"format": one, "success": {"rule": rule}} for one in FORMATS for rule in RULES]
        ways += [{"auth": {"kind": "oauth", "credential_id": made["id"]}}, {"conditions": CONDITIONS}]
        ways += [{"method": "GET"}, {"method": "PUT", "ordered": True}]
        for number, way in enumerate(ways):
            webhook = {
                "name": f"Rude {number}",
                "url": self._receiver.url(f"/{number}"),
                "events": ["lead.created"],
            }
            webhook |= {"failure_limit": 1000, "timeout_s": 2, "retry": {"schedule": []}, **way}
            self._webhooks.append(self._made("/webhooks", webhook)["id"])

    def _made(self, path: str, wanted: dict[str, object]) -> dict[str, str]:
        answer = self._call("POST", path, json=wanted)
        assert answer.ok, answer.text
        return dict(answer.json())

    def start(self) -> list[threading.Thread]:
        """Begin."""
        tasks = [self._publish, self._publish, self._ask, self._look, self._read, self._raw, self._turn_on]
        threads = [threading.Thread(target=self._go_on, args=(task, next(self._seeds))) for task in tasks]
        for thread in threads:
            thread.start()
        return threads

    def _go_on(self, task: Callable[[Fuzzer], None], seed: int) -> None:
        fuzzer = Fuzzer(seed)
        while not self.stop.is_set():
            try:
                task(fuzzer)
            except Exception as error:
                self.faults.append(f"{task.__name__}: {type(error).__name__}: {error}")
            self.stop.wait(0.02)

    def _publish(self, fuzzer: Fuzzer) -> None:
        headers = {"Content-Type": "application/json", **fuzzer.headers()}
        self._call("POST", "/events", data=fuzzer.event(), headers=headers)

    def _ask(self, fuzzer: Fuzzer) -> None:
        path = fuzzer.dice.choice(list(LISTS))
        self._call("GET", f"{path}?{fuzzer.query(LISTS[path])}")

    def _look(self, fuzzer: Fuzzer) -> None:
        page = fuzzer.dice.choice(list(PAGES))
        path = f"{page}?{fuzzer.query(PAGES[page])}"
        self._note(f"page {page}", path, requests.get(f"{self._url}{path}", headers=self._cookie, timeout=30))

    def _read(self, _fuzzer: Fuzzer) -> None:
        """What became of the latest tries, by API and as pages."""
        for one in self._call("GET", "/deliveries?limit=5").json()["data"]:
            self._call("GET", f"/deliveries/{one['id']}")
            path = f"/deliveries/{one['id']}"
            page = requests.get(f"{self._url}{path}", headers=self._cookie, timeout=30)
            self._note("delivery", path, page)
        self.stop.wait(0.5)

    def _turn_on(self, fuzzer: Fuzzer) -> None:
        """Somebody who has faith in them: an answer 410 turned some off."""
        for webhook_id in self._webhooks:
            self._call("POST", f"/webhooks/{webhook_id}/enable", json={"force": True})
            self._call(
                "POST", f"/webhooks/{webhook_id}/resume", json={"held": fuzzer.dice.choice(("send", "skip"))}
            )
        self.stop.wait(2)

    def _raw(self, fuzzer: Fuzzer) -> None:
        """Bytes that are hardly a request."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=2) as peer:
            peer.settimeout(0.2)
            peer.sendall(
                b"POST /login HTTP/1.1\r\nHost: localhost\r\n" + fuzzer.answer().partition(b"\r\n")[2]
            )
            answer = peer.recv(4096)
            self.done[f"raw {answer[9:12].decode('latin-1')}"] += 1
            if answer[9:10] == b"5":
                self.faults.append(f"raw bytes: {answer[:300]!r}")
        self.stop.wait(0.1)

    def _call(self, method: str, path: str, **more) -> requests.Response:
        headers = {**self._bearer, **more.pop("headers", {})}
        answer = requests.request(method, f"{self._url}/api/v1{path}", headers=headers, timeout=30, **more)
        named = re.sub(r"/[a-z]{3}_\w+", "/{id}", path.partition("?")[0])
        self._note(f"{method} {named}", path, answer)
        return answer

    def _note(self, what: str, path: str, answer: requests.Response) -> None:
        self.done[f"{what}: {answer.status_code}"] += 1
        if answer.status_code >= 500:
            sent = answer.request.body if isinstance(answer.request.body, bytes) else b""
            self.faults.append(f"{answer.status_code} {path} {sent[:500]!r}: {answer.text[:300]}")


def rude_receiver() -> RudeReceiver:
    """Answers each request with what the dice say, at times after a while, and hangs up."""
    seeds = itertools.count(SEED * 1000)
    receiver = RudeReceiver()

    def answer(connection: socket.socket) -> None:
        fuzzer = Fuzzer(next(seeds))
        connection.settimeout(5)
        while receiver.read_request(connection):
            time.sleep(fuzzer.dice.choice((0, 0, 0, 0, 0.2, 3)))
            connection.sendall(fuzzer.answer())
            if fuzzer.dice.random() < 0.5:
                return

    receiver.script = answer
    return receiver


class WellBehaved:
    """A space that behaves well."""

    def __init__(self, running: Running, receiver: Receiver) -> None:
        running.flask("space", "create", "Healthy")
        self._headers = {"Authorization": f"Bearer {running.api_key('Healthy', 'administrative')}"}
        self._url = f"{running.url}/api/v1"
        self._receiver = receiver
        webhook = {"name": "CRM", "url": receiver.url, "events": ["lead.created"]}
        made = requests.post(f"{self._url}/webhooks", json=webhook, headers=self._headers, timeout=30).json()
        enable = f"{self._url}/webhooks/{made['id']}/enable"
        requests.post(enable, json={"force": True}, headers=self._headers, timeout=30).raise_for_status()
        receiver.forget()

    def go_on(self, seconds: float) -> list[float]:
        """An event a second; how long each took to arrive."""
        late, until = [], time.monotonic() + seconds
        for number in itertools.count(1):
            if time.monotonic() > until:
                return late
            began = time.time()
            event = {"type": "lead.created", "data": {"id": number}}
            requests.post(
                f"{self._url}/events", json=event, headers=self._headers, timeout=30
            ).raise_for_status()
            late.append(self._receiver.wait_for(number)[-1].at - began)
            time.sleep(max(0.0, began + 1 - time.time()))
        return late


@pytest.mark.slow_faults
def test_whatever_comes_to_mind(running: Running, receiver: Receiver) -> None:
    rude = rude_receiver()
    crowd = Crowd(running, running.api_key(SPACE, "administrative"), rude)
    crowd.add_webhooks()
    healthy = WellBehaved(running, receiver)
    threads = crowd.start()
    try:
        late = healthy.go_on(SECONDS)
    finally:
        crowd.stop.set()
        for thread in threads:
            thread.join()
    print(dict(sorted(crowd.done.items())), "requests at the rude receiver:", len(rude.requests))
    print(f"healthy: {len(late)} events, the slowest after {max(late):.2f} s")
    assert crowd.faults == []
    assert "Traceback" not in running.process.output()
    assert max(late) < NOT_HELD_UP_S
    assert requests.get(f"{running.url}/readyz", timeout=10).status_code == 200
    rude.script = rude.answer_ok
    assert_everything_ends(running)


def assert_everything_ends(running: Running) -> None:
    """Once the receiver comes to its senses, what was accepted is delivered or has failed a while later."""
    until = time.monotonic() + 120
    while left := _unfinished(running):
        assert time.monotonic() < until, f"not final: {left}"
        time.sleep(1)


def _unfinished(running: Running) -> list[tuple[str, str, str | None]]:
    key = running.api_key(SPACE, "deliveries:read")
    headers = {"Authorization": f"Bearer {key}"}
    waiting = []
    for status in ("pending", "sending"):
        page = requests.get(
            f"{running.url}/api/v1/deliveries?status={status}&limit=200", headers=headers, timeout=30
        )
        waiting += [(one["webhook_id"], one["status"], one["next_attempt_at"]) for one in page.json()["data"]]
    return waiting
