"""Everybody who behaves badly, as one process: `python -m bench.abusers`, told on its standard input what to do.

They go on until their standard input is closed, and then print what they did. They have a low priority, because in
life they are on machines of their own. BENCH_ABUSES=slow-bodies,long-lists names some, to find out which it is.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import resource
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass

import orjson

from bench.slow_bodies import LENGTH, SlowBodies
from tests.machine.receiver import Answer, Received, Receiver

SILENT, NEAR_SECRETS, MANY_HEADERS, LONG_LISTS, SILENT_NAMES = (
    "/silent",
    "/near-secrets",
    "/many-headers",
    "/long-lists",
    "/silent-names",
)
# What each of these webhooks wants, so that an event goes to those that it is meant for.
EVENTS = {
    SILENT_NAMES: "lead.created",
    MANY_HEADERS: "contact.created",
    NEAR_SECRETS: "contact.changed",
    LONG_LISTS: "lead.changed",
}
# Seconds between two events of a kind.
PAUSES_S = {SILENT_NAMES: 1.0, MANY_HEADERS: 0.5, NEAR_SECRETS: 0.5, LONG_LISTS: 1.0}
PASSWORD = "•••a"
ALMOST = ("•••" + "a" * 60_000).encode()
HEADERS_OF_AN_ANSWER = 400
NUMBERS = 500_000
SLOW_OF_A_ROUTE, SILENT_TESTS = 40, 40


@dataclass(frozen=True)
class Orders:
    """Where the program and the bad receiver listen, which keys they have, and what they use.

    `slow_key` is for the slow bodies, whose share of the key the others would feel.
    """

    port: int
    receiver_port: int
    key: str
    slow_key: str
    silent_webhook: str
    paused_webhook: str
    routes: list[tuple[str, str]]

    def as_json(self) -> str:
        """As `main` reads it, one line."""
        return json.dumps(asdict(self))


class BadReceiver(Receiver):
    """Never answers; or answers with what is nearly a password; or each time with headers that nobody saw before."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port
        self.counted: Counter[str] = Counter()
        self._numbers = itertools.count()

    def take(self, request: Received) -> Answer:
        """Choose the answer; nothing is kept."""
        self.counted[request.path] += 1
        if request.path == NEAR_SECRETS:
            return Answer(body=ALMOST)
        if request.path == MANY_HEADERS:
            first = next(self._numbers) * HEADERS_OF_AN_ANSWER
            names = range(first, first + HEADERS_OF_AN_ANSWER)
            return Answer(headers=[(f"X-Never-Seen-Before-{n}", f"value {n} " + "x" * 80) for n in names])
        return Answer(silent=True)


class Abusers:
    """All of them; `done` counts what came of it."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._stop = threading.Event()
        self.done: Counter[str] = Counter()
        heads = [_head(method, path, orders.slow_key) for method, path in orders.routes] * SLOW_OF_A_ROUTE
        self._slow = SlowBodies(orders.port, heads)
        self._receiver = BadReceiver(orders.receiver_port).start()

    def start(self) -> None:
        """Begin all at once."""
        tasks: dict[str, list[Callable[[], None]]] = {
            "slow-bodies": [lambda: self._slow.run(self._stop)],
            "held-events": [self._skip],
            "silent-tests": [self._test] * SILENT_TESTS,
        }
        for kind in EVENTS:
            tasks[kind.strip("/")] = [lambda kind=kind: self._publish(kind)]  # type: ignore[misc]
        for name in os.environ.get("BENCH_ABUSES", ",".join(tasks)).split(","):
            for task in tasks[name]:
                threading.Thread(target=task, daemon=True).start()

    def stop(self) -> None:
        """End, and count."""
        self._stop.set()
        time.sleep(1)
        self.done["slow bodies: begun"] = self._slow.begun
        self.done["slow bodies: answered or cut"] = self._slow.ended
        for path, number in self._receiver.counted.items():
            self.done[f"requests at {path}"] = number

    def _skip(self) -> None:
        self._call(
            "held events skipped", f"/webhooks/{self._orders.paused_webhook}/resume", b'{"held":"skip"}'
        )

    def _test(self) -> None:
        while not self._stop.is_set():
            self._call("silent tests", f"/webhooks/{self._orders.silent_webhook}/test", b"")
            self._stop.wait(0.5)

    def _publish(self, kind: str) -> None:
        data = {"id": 1, "n": [n % 10 for n in range(NUMBERS)]} if kind == LONG_LISTS else {"id": 1}
        body = orjson.dumps({"type": EVENTS[kind], "data": data})
        while not self._stop.is_set():
            self._call(f"events for {kind}", "/events", body)
            self._stop.wait(PAUSES_S[kind])

    def _call(self, what: str, path: str, body: bytes) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._orders.port, timeout=120)
        headers = {"Authorization": f"Bearer {self._orders.key}", "Content-Type": "application/json"}
        try:
            connection.request("POST", f"/api/v1{path}", body, headers)
            answer = connection.getresponse()
            answer.read()
            self.done[f"{what}: {answer.status}"] += 1
        except (OSError, http.client.HTTPException) as error:
            self.done[f"{what}: {type(error).__name__}"] += 1
        finally:
            connection.close()


def _head(method: str, path: str, key: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {LENGTH}"]
    lines += [f"Authorization: Bearer {key}", "Content-Type: application/json"]
    return "\r\n".join([*lines, "", "{"]).encode()


def main() -> None:
    """Behave badly until standard input ends."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
    with suppress(OSError):
        os.nice(10)
    abusers = Abusers(Orders(**json.loads(sys.stdin.readline())))
    abusers.start()
    sys.stdin.read()
    abusers.stop()
    print(json.dumps(dict(sorted(abusers.done.items()))))


if __name__ == "__main__":
    main()
