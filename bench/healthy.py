"""A space that behaves well, while somebody else may not: how long its publisher, its receiver and its people wait."""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import requests

from tests.machine.receiver import Receiver
from tests.machine.running import Running

PER_S, LOOKS_PER_S = 10, 4
EVENT = {"type": "lead.created", "object_id": "4711", "data": {"id": 4711, "email": "ada@example.com"}}


@dataclass
class Seen:
    """Milliseconds: from the publisher's call to the receipt, of a call, of /healthz, of a page."""

    received: list[float] = field(default_factory=list)
    called: list[float] = field(default_factory=list)
    looks: dict[str, list[float]] = field(default_factory=dict)
    lost: int = 0


class Healthy:
    """A publisher with one webhook, somebody who looks at a page, and whoever watches /healthz."""

    def __init__(self, running: Running, receiver: Receiver, key: str) -> None:
        self._running = running
        self._receiver = receiver
        self._key = key
        self._port = int(running.settings["PORT"])
        self._cookie = logged_in(running)

    def watch(self, seconds: float) -> Seen:
        """Publish and look for so long."""
        seen = Seen()
        until = time.monotonic() + seconds
        pages = {"/healthz": {}, "/deliveries": {"Cookie": self._cookie}}
        tasks: list[Callable[[], None]] = [lambda: self._publish(seen, until)]
        for path, headers in pages.items():
            tasks.append(lambda path=path, headers=headers: self._look(seen, path, headers, until))  # type: ignore[misc]
        threads = [threading.Thread(target=task) for task in tasks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return seen

    def _publish(self, seen: Seen, until: float) -> None:
        self._receiver.forget()
        begun: dict[str, float] = {}
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {self._key}"
            for _ in _ticks(PER_S, until):
                at, started = time.time(), time.perf_counter()
                answer = session.post(f"{self._running.url}/api/v1/events", json=EVENT, timeout=60)
                seen.called.append((time.perf_counter() - started) * 1e3)
                begun[answer.json()["id"]] = at
        patience = time.monotonic() + 30
        while len(self._receiver.requests) < len(begun) and time.monotonic() < patience:
            time.sleep(0.1)
        first: dict[str, float] = {}
        for one in self._receiver.requests:
            first.setdefault(str(one.header("webhook-id")), one.at)
        seen.received += [(first[event] - at) * 1e3 for event, at in begun.items() if event in first]
        seen.lost = len(begun) - len(seen.received)

    def _look(self, seen: Seen, path: str, headers: dict[str, str], until: float) -> None:
        times = seen.looks.setdefault(path, [])
        for _ in _ticks(LOOKS_PER_S, until):
            started = time.perf_counter()
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            connection.close()
            if answer.status != 200:
                raise RuntimeError(f"{path} answered {answer.status}.")
            times.append((time.perf_counter() - started) * 1e3)


def _ticks(per_s: float, until: float) -> Iterator[None]:
    """So many times a second; what comes late is not made up for."""
    while (started := time.monotonic()) < until:
        yield
        time.sleep(max(0.0, started + 1 / per_s - time.monotonic()))


def logged_in(running: Running) -> str:
    """The cookie of the owner's session."""
    with requests.Session() as session:
        page = session.get(f"{running.url}/login", timeout=30).text
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        data = {
            "csrf_token": found.group(1) if found else "",
            "email": running.owner_email,
            "password": running.owner_password,
        }
        session.post(f"{running.url}/login", data=data, timeout=30).raise_for_status()
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)
