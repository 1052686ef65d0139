"""One space behaves as badly as it can, in every way at once: what another space, and the people, notice of it.

The whole program, as `make run` starts it. First the healthy space alone, then beside the others, in one run.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask import Flask

from app import create_app
from app.core.extensions import db
from app.core.transaction import transaction
from app.ledger.counters import count
from app.models import Space
from app.models.api_key import ADMINISTRATIVE
from app.models.delivery import HELD
from app.services import spaces, webhooks
from app.services.api_keys import create_key
from bench.abusers import (
    EVENTS,
    LONG_LISTS,
    MANY_HEADERS,
    NEAR_SECRETS,
    PASSWORD,
    SILENT,
    SILENT_NAMES,
    Orders,
)
from bench.fill import add_waiting
from bench.healthy import Healthy, Seen
from bench.table import Line
from tests.machine.ports import free_port
from tests.machine.receiver import Receiver
from tests.machine.running import Running, start_running
from tests.machine.settings import SILENT_NAMES as SILENT_DNS
from tests.machine.settings import settings_for

ALONE_S, RAMP_S, BESIDE_S = 30.0, 22.0, 60.0
NAMES, HELD_EVENTS = 130, 200_000
SLOWER, ANSWER_MS, MOST_MB = 1.5, 300, 250


def beside_abuse(name: str, database_url: str, folder: Path) -> list[Line]:
    """All lines for one database."""
    settings = settings_for(
        folder / f"abuse-{name}", DATABASE_URL=database_url, PORT=str(free_port()), **SILENT_DNS
    )
    with ExitStack() as stack:
        running = start_running(settings, folder / f"abuse-{name}.log")
        stack.callback(running.process.terminate)
        receiver = Receiver().start()
        stack.callback(receiver.stop)
        bad_port = free_port()
        key, orders = _prepare(running, receiver, bad_port)
        healthy = Healthy(running, receiver, key)
        healthy.watch(5.0)  # warm
        alone = healthy.watch(ALONE_S)
        memory = stack.enter_context(_memory(running))
        with _abusers(orders) as done:
            time.sleep(RAMP_S)
            beside = healthy.watch(BESIDE_S)
        print(f"{name}: {json.dumps(done)}", file=sys.stderr)
    return [*_lines(name, alone, beside), *_memory_lines(name, memory)]


def _prepare(running: Running, receiver: Receiver, bad_port: int) -> tuple[str, Orders]:
    """The healthy space's key, and what the others are to do."""
    app = create_app({**running.settings, "REDIS_URL": ""})
    with app.test_request_context():
        mine = str(db.session.query(Space.id).scalar())
        _add(mine, "Healthy", receiver.url, "lead.created")
        _key, my_key = create_key(mine, "Bench", (ADMINISTRATIVE,))
        theirs = str(spaces.create_space("Careless").id)
        their_key, slow_key = (create_key(theirs, name, (ADMINISTRATIVE,))[1] for name in ("Bad", "Slow"))
        silent, paused = _add_bad_ones(theirs, f"http://127.0.0.1:{bad_port}")
        db.session.remove()
        db.engine.dispose()
    port = int(running.settings["PORT"])
    return my_key, Orders(port, bad_port, their_key, slow_key, silent, paused, _routes(app))


def _add_bad_ones(space_id: str, receiver: str) -> tuple[str, str]:
    """The webhooks of the careless space; returns the one whose receiver is silent, and the one that holds events."""
    for number in range(NAMES):
        _add(space_id, f"Name {number}", f"http://host{number}.silent.example/", EVENTS[SILENT_NAMES])
    _add(space_id, "Headers", receiver + MANY_HEADERS, EVENTS[MANY_HEADERS])
    basic = {"kind": "basic", "username": "ada", "password": PASSWORD}
    _add(space_id, "Secrets", receiver + NEAR_SECRETS, EVENTS[NEAR_SECRETS], auth=basic)
    none = [{"field": "n", "op": "is_not", "value": str(-number)} for number in range(1, 21)]
    _add(space_id, "Lists", receiver + LONG_LISTS, EVENTS[LONG_LISTS], conditions=none)
    silent = _add(space_id, "Silent", receiver + SILENT, "deal.created", timeout_s=30)
    paused = _add(space_id, "Paused", receiver + SILENT, "deal.created")
    webhooks.pause(space_id, paused)
    db.session.commit()
    add_waiting(db.engine, [paused], HELD_EVENTS, space_id, HELD)
    with transaction() as session:
        count(session, paused, triggered=HELD_EVENTS, held=HELD_EVENTS)
    return silent, paused


def _add(space_id: str, name: str, url: str, event_type: str, **more: object) -> str:
    data = {"name": name, "url": url, "events": [event_type], "failure_limit": 1000, **more}
    webhook_id = webhooks.create(space_id, data).webhook.id
    webhooks.enable(space_id, webhook_id, force=True)
    return webhook_id


def _routes(app: Flask) -> list[tuple[str, str]]:
    """Every method and address that takes a body."""
    rules = app.url_map.iter_rules()
    taking = [(method, rule.rule) for rule in rules for method in rule.methods or () if method in _TAKING]
    return sorted((method, re.sub(r"<[^>]*>", "x", path)) for method, path in taking)


_TAKING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@contextmanager
def _abusers(orders: Orders) -> Iterator[dict[str, int]]:
    """They are at it; what they did is in the dictionary afterwards."""
    done: dict[str, int] = {}
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.abusers"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("There are no pipes.")
    process.stdin.write(orders.as_json() + "\n")
    process.stdin.flush()
    try:
        yield done
        process.stdin.close()
        done |= json.loads(process.stdout.read())
    finally:
        process.kill()
        process.wait()


@contextmanager
def _memory(running: Running) -> Iterator[dict[str, float]]:
    """The most megabytes that each kind of process has meanwhile; a page that several share counts in parts."""
    most: dict[str, float] = {}
    stop = threading.Event()
    named = {"a web process": "granian", "the worker": "workers --schedule"}

    def look() -> None:
        while not stop.wait(1):
            for process in running.process.family():
                line = " ".join(process.cmdline())
                for name, words in named.items():
                    if words in line:
                        mb = process.memory_full_info().pss / 1e6
                        most[name] = max(most.get(name, 0.0), mb)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield most
    finally:
        stop.set()
        thread.join()


def _lines(name: str, alone: Seen, beside: Seen) -> list[Line]:
    if beside.lost:
        raise RuntimeError(f"{beside.lost} events did not arrive.")
    lines = []
    for what, mine, before, bar in (
        ("call to receipt", beside.received, alone.received, SLOWER),
        ("the publisher's call", beside.called, alone.called, None),
    ):
        ours, base = _p95(mine), _p95(before)
        text = f"{name}: beside abuse, {what}, p95 / alone"
        lines.append(Line(text, f"{ours:.1f} ms", f"{base:.1f} ms", ours / base, bar, at_most=True))
    for path, times in beside.looks.items():
        text = f"{name}: beside abuse, {path}, slowest of {len(times)} / {ANSWER_MS} ms"
        base = max(alone.looks[path])
        lines.append(
            Line(text, f"{max(times):.0f} ms", f"alone {base:.0f} ms", max(times) / ANSWER_MS, 1.0, True)
        )
        text = f"{name}: the same, p95 / {ANSWER_MS} ms"
        p95, base = _p95(times), _p95(alone.looks[path])
        lines.append(Line(text, f"{p95:.0f} ms", f"alone {base:.0f} ms", p95 / ANSWER_MS, 1.0, True))
    return lines


def _memory_lines(name: str, most: dict[str, float]) -> list[Line]:
    return [
        Line(
            f"{name}: memory of {what} / {MOST_MB} MB",
            f"{mb:.0f} MB",
            f"{MOST_MB} MB",
            mb / MOST_MB,
            1.0,
            True,
        )
        for what, mb in sorted(most.items())
    ]


def _p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=100)[94]
