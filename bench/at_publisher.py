"""What a publisher waits for: events a second, milliseconds of a call, and how soon the receiver has it.

Everything runs as in production: the web server as `make web` starts it and a worker with its doorbell. Beside it the
least that a server can do (`bare_asgi`), the same two rows by the driver alone (`bare_two_inserts`), and, with
BENCH_BESIDE=/path/to/another/tree, another version of this program with a database and a worker of its own; all take
turns.
"""

from __future__ import annotations

import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import orjson
import psutil
import requests
from sqlalchemy import create_engine, func, insert, select

from app import create_app
from app.core.extensions import db
from app.models import Delivery, OwnEventType, Subscription
from app.models.api_key import ADMINISTRATIVE
from app.models.delivery import PENDING, SENDING
from app.services.api_keys import create_key
from bench.caller import call_many, request_bytes
from bench.drivers.hookdesk import Driver
from bench.load import EVENT_TYPE, SPACE, add_webhooks, fresh_database
from bench.receiver import running_receiver
from bench.table import Line
from tests.machine.ports import free_port
from tests.machine.processes import worker
from tests.machine.receiver import Receiver
from tests.machine.settings import environment, settings_for

# Types of the space's own: what one webhook wants, and what another one, which notes when it comes.
OWN_TYPE, TIMED_TYPE = "parcel.posted", "parcel.timed"
DATA = {"id": 4711, "email": "ada@example.com", "note": "x" * 900}
ROUNDS, ROUND_S = 5, 2.0
CONNECTIONS = (1, 16, 64)
ROOT = Path(__file__).resolve().parents[1]
SEED = 4711
# How many times as many as commit 891ca60, by database and connections; of one connection 0.45 of its milliseconds.
BARS = {("PostgreSQL", 16): 10, ("SQLite", 16): 6, ("PostgreSQL", 1): 1 / 0.45, ("SQLite", 1): 1 / 0.45}


class Stage:
    """A database with one webhook that wants both types, its receiver, a key, a worker, and servers beside."""

    def __init__(self, name: str, database_url: str, redis_url: str, folder: Path, quick: str) -> None:
        """`quick`: the address of a receiver that costs little."""
        self.settings = settings_for(
            folder / f"publisher-{name}", DATABASE_URL=database_url, REDIS_URL=redis_url, WEB_PROCESSES=""
        )
        self.folder = folder
        self.receiver = Receiver().start()
        self.quick = quick
        self.key, self.webhook = self._fill()
        self._engine = create_engine(self.settings["DATABASE_URL"])

    def _fill(self) -> tuple[str, str]:
        fresh_database(self.settings["DATABASE_URL"]).dispose()
        app = create_app({**self.settings, "REDIS_URL": ""})
        with app.test_request_context():
            vault = app.extensions["vault"]
            [webhook] = add_webhooks(db.engine, vault, self.quick, 1)
            [timed] = add_webhooks(db.engine, vault, self.receiver.url, 1)
            wanted = ((webhook, EVENT_TYPE), (webhook, OWN_TYPE), (timed, TIMED_TYPE))
            rows = [{"space_id": SPACE, "event_type": t, "webhook_id": i} for i, t in wanted]
            with db.engine.begin() as connection:
                connection.execute(insert(Subscription.__table__), rows)
            for own in (OWN_TYPE, TIMED_TYPE):
                db.session.add(OwnEventType(space_id=SPACE, key=own, definition={"sample": {"id": 1}}))
            db.session.commit()
            _key, text = create_key(SPACE, "Bench", (ADMINISTRATIVE,))
            db.session.remove()
            db.engine.dispose()
        return text, webhook

    def event(self, event_type: str, key: str | None = None) -> bytes:
        """A call that publishes an event of 1 kB."""
        body = orjson.dumps({"type": event_type, "object_id": "4711", "data": DATA})
        return request_bytes("/api/v1/events", body, [f"Authorization: Bearer {key or self.key}"])

    def settle(self) -> None:
        """Wait until the worker has nothing left to do: what one way left must not slow the next."""
        due = select(func.count()).select_from(Delivery).where(Delivery.status.in_((PENDING, SENDING)))
        for _ in range(300):
            with self._engine.connect() as connection:
                if not connection.scalar(due):
                    return
            time.sleep(0.1)

    @contextmanager
    def serving(self, *command: str) -> Iterator[tuple[psutil.Process, int]]:
        """A server on a port of its own, which its environment and `{port}` in the command name."""
        port = free_port()
        env = {"PORT": str(port), "BENCH_WEBHOOK": self.webhook, "BENCH_SPACE": SPACE}
        words = [word.format(port=port) for word in command]
        with (self.folder / f"server-{port}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=ROOT,
                env=environment({**self.settings, **env}),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            _wait_until_listening(port)
            yield psutil.Process(process.pid), port
        finally:
            for one in [*psutil.Process(process.pid).children(recursive=True), process]:
                one.kill()
            process.wait()


BARE = ("granian", "--port", "{port}", "--no-ws", "--log-level", "error", "--backpressure", "1024")
OURS = ("ops.web",)
BARE_ASGI = (*BARE, "--interface", "asgi", "bench.bare_asgi:app")
BARE_INSERTS = (
    *BARE[:-1],
    "128",
    "--interface",
    "wsgi",
    "--blocking-threads",
    "16",
    "bench.bare_two_inserts:app",
)


def at_publisher(
    name: str, database_url: str, redis_url: str, folder: Path, seconds: float, beside: Driver | None = None
) -> list[Line]:
    """All lines for one database; `seconds`: how long the way to the receiver is measured."""
    with ExitStack() as stack:
        stage = Stage(name, database_url, redis_url, folder, stack.enter_context(running_receiver()))
        sending = worker(stage.settings, folder / f"publisher-{name}-worker.log")
        sending.start()
        stack.callback(sending.kill)
        stack.callback(stage.receiver.stop)
        web, port = stack.enter_context(stage.serving(*OURS))
        bare = stack.enter_context(stage.serving(*BARE_ASGI))[1]
        rows = stack.enter_context(stage.serving(*BARE_INSERTS))[1]
        if beside is not None:
            stack.callback(beside.stop)
            beside.start()
            beside.endpoint(stage.quick)
        time.sleep(3)
        lines = _to_the_receiver(name, stage, port, seconds)
        lines += _rates(name, stage, port, rows, beside)
        lines += _refusals(name, stage, port, bare)
        return [*lines, _memory(name, web, psutil.Process(sending.pid))]


def _rates(name: str, stage: Stage, port: int, rows: int, beside: Driver | None) -> list[Line]:
    lines = []
    for at_once in CONNECTIONS:
        what = f"{at_once} at once"
        ways: dict[str, Callable[[], float]] = {
            "own": lambda n=at_once: _rate(port, stage.event(OWN_TYPE), n),
            "shipped": lambda n=at_once: _rate(port, stage.event(EVENT_TYPE), n),
            "rows": lambda n=at_once: _rate(rows, stage.event(OWN_TYPE), n),
        }
        if beside is not None:
            ways["beside"] = lambda n=at_once: _rate_beside(beside, stage, n)
        rates = _in_turn(stage, ways)
        own = rates["own"]
        others = [
            ("the two rows alone", "rows", 1.5 if at_once == 16 else None),
            ("a shipped type", "shipped", 0.9),
        ]
        if beside is not None:
            others.append(("BENCH_BESIDE", "beside", BARS.get((name, at_once))))
        for other, key, bar in others:
            line = f"{name}: own type, {what} / {other}"
            lines.append(Line(line, f"{own:,.0f}/s", f"{rates[key]:,.0f}/s", own / rates[key], bar))
    return lines


def _in_turn(stage: Stage, ways: dict[str, Callable[[], float]]) -> dict[str, float]:
    """The median of each, measured in turn; the first round warms up."""
    rounds = []
    for _ in range(ROUNDS + 1):
        rates = {}
        for name, way in ways.items():
            stage.settle()
            rates[name] = way()
        rounds.append(rates)
    return {name: statistics.median(one[name] for one in rounds[1:]) for name in ways}


def _rate(port: int, request: bytes, at_once: int, status: bytes = b"202") -> float:
    """Calls a second, of as many as take about `ROUND_S`."""
    pilot = call_many(port, request, 10 * at_once, at_once, status)
    return call_many(port, request, max(at_once * 10, int(pilot * ROUND_S)), at_once, status)


def _rate_beside(beside: Driver, stage: Stage, at_once: int) -> float:
    """The same of the other version; then its worker is waited for, until it has stood still for half a second."""
    rate = _rate(beside.port, stage.event(OWN_TYPE, beside.key), at_once)
    process = psutil.Process(beside.worker.pid)
    before, now = -1.0, 0.0
    while now - before > 0.02:
        time.sleep(0.5)
        before, now = now, sum(process.cpu_times()[:2])
    return rate


def _refusals(name: str, stage: Stage, port: int, bare: int) -> list[Line]:
    wrong = stage.event(OWN_TYPE, "hd_" + "x" * 43)
    rates = _in_turn(
        stage,
        {
            "ours": lambda: _rate(port, wrong, 16, b"401"),
            "bare": lambda: _rate(bare, stage.event(OWN_TYPE), 16),
        },
    )
    ours, least = rates["ours"], rates["bare"]
    what = f"{name}: 401, 16 at once / a bare ASGI application"
    return [Line(what, f"{ours:,.0f}/s", f"{least:,.0f}/s", ours / least, 0.5)]


def _to_the_receiver(name: str, stage: Stage, port: int, seconds: float) -> list[Line]:
    lines = []
    for per_s, bars in ((20, {50: 6, 99: 25, 100: 250}), (200, {99: 50})):
        late = _lateness(stage, port, per_s, min(seconds, 6000 / per_s))
        for percent, bar in bars.items():
            value = max(late) if percent == 100 else statistics.quantiles(late, n=100)[percent - 1]
            what = f"{name}: call to receipt at {per_s}/s, p{percent} of {len(late)}"
            lines.append(Line(what, f"{value:.1f} ms", f"{bar} ms", value / bar, 1.0, at_most=True))
    return lines


def _lateness(stage: Stage, port: int, per_s: float, seconds: float) -> list[float]:
    """Milliseconds from the publisher's call to the receiver's receipt of each event."""
    dice, session, called = random.Random(SEED), requests.Session(), {}
    headers = {"Authorization": f"Bearer {stage.key}"}
    address, body = f"http://127.0.0.1:{port}/api/v1/events", {"type": TIMED_TYPE, "data": DATA}
    session.post(address, json=body, headers=headers).raise_for_status()
    time.sleep(2)
    stage.receiver.forget()
    until = due = time.monotonic()
    until += seconds
    while due < until:
        time.sleep(max(0.0, due - time.monotonic()))
        began = time.time()
        called[session.post(address, json=body, headers=headers).json()["id"]] = began
        due += dice.expovariate(per_s)
    got = stage.receiver.wait_for(len(called))
    first: dict[str, float] = {}
    for one in got:
        first.setdefault(str(one.header("webhook-id")), one.at)
    return [(first[event] - began) * 1e3 for event, began in called.items() if event in first]


def _memory(name: str, web: psutil.Process, sending: psutil.Process) -> Line:
    """Megabytes of the web server and the worker; a page that several share counts in parts."""
    both = [one for root in (web, sending) for one in (root, *root.children(recursive=True))]
    mb = sum(one.memory_full_info().pss for one in both) / 1e6
    return Line(
        f"{name}: memory of web server and worker", f"{mb:.0f} MB", "200 MB", mb / 200, 1.0, at_most=True
    )


def _wait_until_listening(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"Nothing listens on port {port}.")
