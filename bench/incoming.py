"""What a call of an incoming webhook costs that makes a record and its event, beside publishing an event."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import orjson
from sqlalchemy import Engine, create_engine, text

from app import create_app
from app.core.extensions import db
from app.core.transaction import transaction
from app.models import IncomingWebhook, Subscription
from app.models.api_key import ADMINISTRATIVE
from app.services import incoming
from app.services.api_keys import create_key
from app.services.incoming import Maker, address_of
from app.services.people import add_person
from bench.caller import call_many, request_bytes
from bench.load import EVENT_TYPE, SPACE, add_webhooks, fresh_database
from bench.progress import WAITING
from bench.publish import AT_ONCE, EVENT, serving
from bench.receiver import running_receiver
from bench.table import Line, median_round
from tests.machine.processes import Process, worker
from tests.machine.settings import settings_for

LEADS = "/crm/v1/entities/lead"
ROUNDS = 5
GIVE_UP_AFTER_S = 120.0
LOOK_EVERY_S = 0.02
# The limit is not what is measured.
CALLS_A_MINUTE = 10_000_000
# A lead as a form of a website hands it in; its event carries all 38 fields of the kind.
LEAD = {
    "title": "Ada Lovelace",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada.lovelace@example.com",
    "phone": "+44 20 7946 0958",
    "comments": "Met at the fair; wants a call.",
    "source": "newsletter",
}


def calls(name: str, database_url: str, redis_url: str, folder: Path, count: int) -> list[Line]:
    """Calls per second over 8 connections, each until its event is delivered, beside the same of plain events."""
    settings = settings_for(folder / f"incoming-{name}", DATABASE_URL=database_url, REDIS_URL=redis_url)
    with running_receiver() as url:
        key, path = prepare(settings, url)
        event = request_bytes("/api/v1/events", orjson.dumps(EVENT), [f"Authorization: Bearer {key}"])
        lead = request_bytes(f"{path}{LEADS}", orjson.dumps(LEAD))
        accepted, delivered = [], []
        with serving(settings) as app, _working(settings, folder):
            database = create_engine(database_url)
            for number in range(ROUNDS + 1):
                ours = _rates(app, database, lead, count, b"201")
                plain = _rates(app, database, event, count, b"202")
                if number:  # the first round warms up
                    accepted.append((ours[0], plain[0]))
                    delivered.append((ours[1], plain[1]))
            database.dispose()
    return [
        _line(f"{name}: incoming calls that make a record / POST /events", median_round(accepted)),
        _line(f"{name}: the same, until their events are delivered", median_round(delivered)),
    ]


def _line(what: str, rates: tuple[float, float]) -> Line:
    return Line(what, f"{rates[0]:,.0f}/s", f"{rates[1]:,.0f}/s", rates[0] / rates[1], 0.5)


def _rates(
    server: Process, database: Engine, request: bytes, count: int, status: bytes
) -> tuple[float, float]:
    """How many calls a second were answered, and how many of their events a second were delivered."""
    started = time.perf_counter()
    answered = call_many(int(server.settings["PORT"]), request, count, AT_ONCE, status)
    until = time.monotonic() + GIVE_UP_AFTER_S
    while _something_waits(database):
        if time.monotonic() > until:
            raise RuntimeError(f"Not all of {count} events were delivered.")
        time.sleep(LOOK_EVERY_S)
    return answered, count / (time.perf_counter() - started)


def _something_waits(database: Engine) -> bool:
    with database.connect() as connection:
        return bool(connection.scalar(text(WAITING)))


def prepare(settings: dict[str, str], url: str) -> tuple[str, str]:
    """A database with a webhook that wants new leads; returns a key, and the path of an incoming webhook."""
    fresh_database(settings["DATABASE_URL"]).dispose()
    app = create_app({**settings, "REDIS_URL": ""})
    with app.test_request_context():
        [webhook] = add_webhooks(db.engine, app.extensions["vault"], url, 1)
        with transaction() as session:
            session.add(Subscription(space_id=SPACE, event_type=EVENT_TYPE, webhook_id=webhook))
            person = add_person(session, "bench@example.com", "a password of the benchmark", SPACE, "owner")
        _key, text_of_key = create_key(SPACE, "Bench", (ADMINISTRATIVE,))
        made = incoming.create(SPACE, {"name": "Website", "tools": ["crm"]}, Maker(person.id))
        with transaction() as session:
            session.get_one(IncomingWebhook, made.id).rate_per_minute = CALLS_A_MINUTE
        path = urlsplit(address_of(made)).path
        db.session.remove()
        db.engine.dispose()
    return text_of_key, path


@contextmanager
def _working(settings: dict[str, str], folder: Path) -> Iterator[None]:
    process = worker(settings, folder / "incoming-worker.log")
    process.start()
    try:
        yield
    finally:
        process.kill()
