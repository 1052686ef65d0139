"""What pages and lists cost with many rows behind them: queries, and time beside a small database."""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text

from app import create_app
from app.core.extensions import db
from app.core.transaction import transaction
from app.models import Space
from app.services.api_keys import create_key
from app.services.people import add_person
from bench.fill import add_hours, add_incidents, fill, settle
from bench.load import SPACE, add_webhooks, fresh_database, new_vault
from bench.table import Line

PASSWORD = "a password of the benchmark"  # noqa: RUF100, S105
EMAIL = "bench@example.com"
SMALL, LARGE = 1_000, 100_000
REPEATS = 15
WEBHOOKS = 20
MOST_QUERIES = 10


class Page(NamedTuple):
    """A page that people or programs ask for. `{webhook}` and so on stand for ids in its path."""

    name: str
    path: str
    for_programs: bool = False


HISTORY = Page("history of a webhook", "/webhooks/{webhook}")
PAGES = [
    Page("webhooks", "/webhooks"),
    HISTORY,
    Page("its failed ones", "/webhooks/{webhook}?status=failed"),
    Page("events", "/deliveries"),
    Page("failed events", "/deliveries?status=failed"),
    Page("waiting events", "/deliveries?status=pending"),
    Page("one kind of event", "/deliveries?event_type=lead.created"),
    Page("events since a day", "/deliveries?since={day}"),
    Page("events until long ago", "/deliveries?until={old_day}"),
    Page("search for a record", "/deliveries?q={record}"),
    Page("search for an event", "/deliveries?q={event}"),
    Page("a delivery", "/deliveries/{delivery}"),
    Page("home", "/"),
    Page("home, 30 days", "/?chart=30d"),
    Page("a webhook's 30 days", "/webhooks/{webhook}?chart=30d"),
    Page("incidents", "/incidents"),
    Page("an incident", "/incidents/{incident}"),
    Page("two tries compared", "/webhooks/{webhook}/tries/compare"),
    Page("API: incidents", "/api/v1/incidents?limit=50", for_programs=True),
    Page("API: webhooks", "/api/v1/webhooks", for_programs=True),
    Page("API: deliveries", "/api/v1/deliveries?limit=50", for_programs=True),
    Page("API: failed deliveries", "/api/v1/deliveries?status=failed&limit=50", for_programs=True),
    Page("API: a delivery", "/api/v1/deliveries/{delivery}", for_programs=True),
    Page("API: events", "/api/v1/events?limit=50", for_programs=True),
    Page("API: an event", "/api/v1/events/{event}", for_programs=True),
]


class Asker(NamedTuple):
    """Somebody who may ask for pages: logged in, and with a key."""

    app: Flask
    client: FlaskClient
    key: str
    ids: dict[str, str]
    webhook_ids: list[str]
    rows: int

    def get(self, page: Page) -> None:
        """Ask for the page. RuntimeError if it is not answered with 200."""
        headers = {"Authorization": f"Bearer {self.key}"} if page.for_programs else {}
        path = page.path.format(**self.ids)
        answer = self.client.get(path, headers=headers)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}.")


def history(name: str, small_url: str, large_url: str) -> list[Line]:
    """The first page of a webhook's history at 1,000 and at 100,000 deliveries."""
    with filled(small_url, SMALL) as small, filled(large_url, LARGE) as large:
        return beside(name, small, large, [HISTORY])


def beside(name: str, small: Asker, large: Asker, wanted: Sequence[Page]) -> list[Line]:
    """Each page on the large database over the same on the small one, and the most queries that one costs."""
    lines, queries = [], 0
    for page in wanted:
        lines.append(_line(name, page, small, large))
        queries = max(queries, _count_queries(large, page))
    what = f"{name}: queries of the page with the most / {MOST_QUERIES}"
    cost = queries / MOST_QUERIES
    return [*lines, Line(what, str(queries), str(MOST_QUERIES), cost, 1.0, at_most=True)]


def _line(name: str, page: Page, small: Asker, large: Asker) -> Line:
    """The two take turns, so that what else the machine does hits both alike."""
    times: list[list[float]] = [[], []]
    for asker in (small, large):
        asker.get(page)
    for _ in range(REPEATS):
        for asker, into in zip((small, large), times, strict=True):
            started = time.perf_counter()
            asker.get(page)
            into.append((time.perf_counter() - started) * 1000)
    few_ms, many_ms = map(statistics.median, times)
    what = f"{name}: {page.name}, {large.rows:,} rows / {small.rows:,}"
    return Line(what, f"{many_ms:.1f} ms", f"{few_ms:.1f} ms", many_ms / few_ms, 1.5, at_most=True)


@contextmanager
def filled(database_url: str, rows: int) -> Iterator[Asker]:
    """A database with so many events, deliveries and tries, and somebody who may read them."""
    engine = fresh_database(database_url)
    webhook_ids = add_webhooks(engine, new_vault(), "https://example.com/hook", WEBHOOKS)
    fill(engine, webhook_ids, rows)
    add_incidents(engine)
    add_hours(engine)
    engine.dispose()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"DATABASE_URL": database_url, "INSTANCE_DIR": str(Path(folder)), "REDIS_URL": ""})
        key = _admit(app)
        with app.app_context():
            settle(db.engine)
            ids = _some_ids(webhook_ids[0])
        yield Asker(app, _logged_in(app), key, ids, webhook_ids, rows)
        with app.app_context():
            db.engine.dispose()


def _admit(app: Flask) -> str:
    """Make somebody who may read the space, and a key; returns the key."""
    with app.test_request_context():
        with transaction() as session:
            add_person(session, EMAIL, PASSWORD, session.get_one(Space, SPACE).id, "owner")
        return create_key(SPACE, "Bench", ["webhooks:read", "deliveries:read", "records:read"])[1]


def _some_ids(webhook_id: str) -> dict[str, str]:
    """Of a delivery in the middle of the past."""
    row = db.session.execute(
        text(
            "select d.id, d.event_id, e.object_id from delivery d join event e on e.id = d.event_id"
            " where d.webhook_id = :webhook order by d.id desc limit 1 offset 20"
        ),
        {"webhook": webhook_id},
    ).one()
    newest = text("select id from incident where webhook_id = :webhook order by id desc limit 1")
    incident = db.session.scalar(newest, {"webhook": webhook_id})
    ids = {"webhook": webhook_id, "delivery": row[0], "event": row[1], "record": row[2], "incident": incident}
    return ids | {"day": _days_ago(1), "old_day": _days_ago(60)}


def _days_ago(days: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() - days * 86_400))


def _logged_in(app: Flask) -> FlaskClient:
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").text)
    form = {"email": EMAIL, "password": PASSWORD, "csrf_token": token[1] if token else ""}
    answer = client.post("/login", data=form)
    if answer.status_code != 303:
        raise RuntimeError(f"The log-in answered {answer.status_code}.")
    return client


def _count_queries(asker: Asker, page: Page) -> int:
    seen: list[Any] = []

    def note(*arguments: Any) -> None:
        if not str(arguments[2]).startswith("BEGIN"):  # SQLite's, a word and no question
            seen.append(arguments[2])

    with asker.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    asker.get(page)
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)
