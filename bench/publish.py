"""What accepting events costs, through the real web server: one by one, in batches, and to many webhooks."""

from __future__ import annotations

import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
from sqlalchemy import create_engine, insert

from app import create_app
from app.core.extensions import db
from app.models import Subscription
from app.models.api_key import ADMINISTRATIVE
from app.services.api_keys import create_key
from bench.caller import call_in_turn, call_many, request_bytes
from bench.load import EVENT_TYPE, SPACE, add_webhooks, fresh_database, new_vault
from bench.table import Line, median_round
from bench.wire import counted
from ops.settings import StartSettings
from ops.web import web_command
from tests.machine.ports import free_port
from tests.machine.processes import Process
from tests.machine.settings import settings_for

ROUNDS = 5
AT_ONCE = 8
BATCH, BATCHES, WARM_UP = 1000, 30, 6
# 337 bytes as they are sent: a contact with an address and two lists, what most products publish.
DATA = {
    "id": 4711,
    "email": "ada.lovelace@example.com",
    "phone": "+44 20 7946 0958",
    "name": {"first": "Ada", "last": "Lovelace"},
    "address": {"street": "12 St James's Square", "city": "London", "zip": "SW1Y 4LB", "country": "GB"},
    "status": "qualified",
    "tags": ["newsletter", "analytics", "vip"],
    "amount": 1250.5,
    "owner_id": 17,
    "note": "Met at the fair; wants a call.",
}
EVENT = {"type": EVENT_TYPE, "object_id": "4711", "data": DATA}
OURS = "app.front.asgi:app"
BARE = ("--blocking-threads", "16", "--backpressure", "64", "--log-level", "error", "--no-ws")
FEW_WANT = "contact.created"


def publishing(name: str, database_url: str, redis_url: str, folder: Path, count: int) -> list[Line]:
    """All lines for one database."""
    settings = settings_for(folder / f"publish-{name}", DATABASE_URL=database_url, REDIS_URL=redis_url)
    lines = _one_by_one(name, settings, count)
    lines += _in_batches(name, settings)
    lines += _to_many(name, settings)
    if name == "PostgreSQL":
        lines += _on_the_wire(settings)
    return lines


def _one_by_one(name: str, settings: dict[str, str], count: int) -> list[Line]:
    """Events per second over 8 connections, beside inserting one row; the two take turns."""
    key = _prepare(settings, 1)
    ours, bare, ours_cpu, bare_cpu = [], [], [], []
    with serving(settings) as app, serving(settings, "bench.one_insert:create_app") as baseline:
        event = request_bytes("/api/v1/events", orjson.dumps(EVENT), [f"Authorization: Bearer {key}"])
        row = request_bytes("/insert", orjson.dumps(EVENT))
        for number in range(ROUNDS + 1):
            rates = [
                _rate(app, event, count, ours_cpu),
                _rate(baseline, row, count, bare_cpu),
            ]
            if number:  # the first round warms up
                ours.append(rates[0])
                bare.append(rates[1])
    mine, theirs = statistics.median(ours), statistics.median(bare)
    spent, least = statistics.median(ours_cpu), statistics.median(bare_cpu)
    return [
        Line(
            f"{name}: POST /events / inserting one row",
            f"{mine:,.0f}/s",
            f"{theirs:,.0f}/s",
            mine / theirs,
            0.5,
        ),
        Line(
            f"{name}: processor of the web server each", f"{spent:,.0f} us", f"{least:,.0f} us", spent / least
        ),
    ]


def _rate(server: Process, request: bytes, count: int, cpu: list[float]) -> float:
    before = _cpu_seconds(server)
    rate = call_many(int(server.settings["PORT"]), request, count, AT_ONCE)
    cpu.append((_cpu_seconds(server) - before) / count * 1e6)
    return rate


def _cpu_seconds(server: Process) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in server.family())


def _in_batches(name: str, settings: dict[str, str]) -> list[Line]:
    """Events per second of one client that sends 1,000 at a time."""
    key = _prepare(settings, 1)
    body = orjson.dumps({"events": [EVENT] * BATCH})
    request = request_bytes("/api/v1/events/batch", body, [f"Authorization: Bearer {key}"])
    with serving(settings) as app:
        times = call_in_turn(int(app.settings["PORT"]), [request] * (WARM_UP + BATCHES))[WARM_UP:]
    rate = BATCH / statistics.median(times)
    return [
        Line(
            f"{name}: /batch, one client / 10,000 a second", f"{rate:,.0f}/s", "10,000/s", rate / 10_000, 1.0
        )
    ]


def _to_many(name: str, settings: dict[str, str]) -> list[Line]:
    """Milliseconds of an event that 1,000 webhooks get, beside one that 10 get; some of each in turn."""
    key = _prepare(settings, 1000, few=10)
    few, many = (
        request_bytes("/api/v1/events", orjson.dumps(event), [f"Authorization: Bearer {key}"])
        for event in ({**EVENT, "type": FEW_WANT}, EVENT)
    )
    rounds = []
    with serving(settings) as app:
        port = int(app.settings["PORT"])
        for _ in range(9):
            cost, least = (statistics.median(call_in_turn(port, [event] * 5)) for event in (many, few))
            rounds.append((cost, least))
    cost, least = median_round(rounds)
    what = f"{name}: an event for 1,000 webhooks / for 10"
    return [Line(what, f"{cost * 1e3:.1f} ms", f"{least * 1e3:.1f} ms", cost / least, 15, at_most=True)]


def _on_the_wire(settings: dict[str, str]) -> list[Line]:
    """Statements and round trips of an event with PostgreSQL, whether 1 webhook gets it or 100."""
    seen = {}
    server = create_engine(settings["DATABASE_URL"]).url
    for webhooks in (1, 100):
        key = _prepare(settings, webhooks)
        with counted(server.port or 5432) as (port, wire):
            through = server.set(port=port).update_query_dict({"sslmode": "disable"})
            url = through.render_as_string(hide_password=False)
            app = create_app({**settings, "DATABASE_URL": url, "REDIS_URL": ""})
            client = app.test_client()
            each = []
            for _ in range(20):
                wire.reset()
                client.post("/api/v1/events", json=EVENT, headers={"Authorization": f"Bearer {key}"})
                each.append((wire.statements, wire.round_trips))
            seen[webhooks] = min(each)  # once a second the key is looked up again
            with app.app_context():
                db.engine.dispose()
    one, many = seen[1], seen[100]
    return [
        Line(
            "PostgreSQL: statements for 100 webhooks / for 1",
            str(many[0]),
            str(one[0]),
            many[0] / one[0],
            1.0,
            at_most=True,
        ),
        Line(
            "PostgreSQL: round trips, likewise",
            str(many[1]),
            str(one[1]),
            many[1] / one[1],
            1.0,
            at_most=True,
        ),
    ]


def _prepare(settings: dict[str, str], webhooks: int, few: int = 0) -> str:
    """An empty database but for webhooks that want the event, and a key; returns the key.

    few: how many of them want an event of the type `FEW_WANT` too.
    """
    engine = fresh_database(settings["DATABASE_URL"])
    ids = add_webhooks(engine, new_vault(), "https://example.com/hook", webhooks)
    with engine.begin() as connection:
        rows = [{"space_id": SPACE, "event_type": EVENT_TYPE, "webhook_id": i} for i in ids]
        rows += [{"space_id": SPACE, "event_type": FEW_WANT, "webhook_id": i} for i in ids[:few]]
        connection.execute(insert(Subscription.__table__), rows)
    engine.dispose()
    app = create_app({**settings, "REDIS_URL": ""})
    with app.test_request_context():
        _key, text = create_key(SPACE, "Bench", (ADMINISTRATIVE,))
        db.session.remove()
        db.engine.dispose()
    return text


@contextmanager
def serving(settings: dict[str, str], target: str = OURS) -> Iterator[Process]:
    """The web server as in production, with our application or the baseline."""
    port = free_port()
    start = StartSettings("127.0.0.1", port, None, None, Path(settings["INSTANCE_DIR"]))
    if target == OURS:
        command = web_command(start)[1:-1]
    else:
        command = ["-m", "granian", "--interface", "wsgi", "--port", str(port), *BARE, "--factory"]
    log = Path(settings["INSTANCE_DIR"]).parent / f"web-{port}.log"
    server = Process([*command, target], {**settings, "PORT": str(port)}, log)
    server.start()
    try:
        _wait_until_listening(server)
        yield server
    finally:
        server.kill()


def _wait_until_listening(server: Process) -> None:
    """Wait until it accepts connections."""
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", int(server.settings["PORT"])), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"The web server did not start:\n{server.output()}")
