"""Every list reads along an index and few queries make a page, however many deliveries there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import event, insert, select, text

from app.core.extensions import db
from app.core.paging import encode_cursor
from app.core.times import utc_now
from app.models import Attempt, Delivery, Event, Incident
from app.queries.deliveries import listing as query
from app.queries.deliveries.listing import WINDOW, Filters, find_deliveries
from tests.web.makers import id_at, make_webhook

MANY, TRIED = 30_000, 3_000
MOST_QUERIES = 10
# Tables that grow with traffic. A scan of one of them is what must not be.
LARGE = ("delivery", "event", "attempt", "webhook_hour", "counter_change")
NOW = utc_now()


@pytest.fixture
def much(inside, space_id) -> list[str]:
    """Thirty thousand deliveries of three webhooks, some of them failed, held and waiting; the webhooks' ids."""
    webhooks = [make_webhook(space_id, name=f"Hook {n}") for n in range(3)]
    statuses = ["succeeded"] * 97 + ["failed", "held", "pending"]
    moments = [NOW - timedelta(seconds=n) for n in range(MANY)]
    events = [{**_event(space_id, at), "object_id": str(n)} for n, at in enumerate(moments)]
    deliveries = [
        _delivery(space_id, webhooks[n % 3], one["id"], moments[n], statuses[n % 100])
        for n, one in enumerate(events)
    ]
    session = db.session()
    session.execute(insert(Event), events)
    session.execute(insert(Delivery), deliveries)
    session.execute(insert(Attempt), [_attempt(one) for one in deliveries[:TRIED]])
    session.commit()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("analyze"))
        session.commit()
    return webhooks


def _event(space_id: str, at) -> dict:
    return {
        "id": id_at("evt", at),
        "space_id": space_id,
        "type": "lead.created",
        "data": b"{}",
        "occurred_at": at,
        "created_at": at,
        "deliveries_count": 1,
    }


def _delivery(space_id: str, webhook_id: str, event_id: str, at, status: str) -> dict:
    return {
        "id": id_at("dlv", at),
        "space_id": space_id,
        "event_id": event_id,
        "webhook_id": webhook_id,
        "event_type": "lead.created",
        "status": status,
        "due_at": at,
        "created_at": at,
        "attempts_count": 0,
    }


def _attempt(delivery: dict) -> dict:
    return {
        "id": id_at("att", delivery["created_at"]),
        **{name: delivery[name] for name in ("space_id", "webhook_id")},
        **{"delivery_id": delivery["id"], "started_at": delivery["created_at"], "outcome": "succeeded"},
    }


@contextmanager
def watched() -> Iterator[list[tuple[str, object]]]:
    """The statements that run meanwhile, with their parameters."""
    seen: list[tuple[str, object]] = []

    def hear(_connection, _cursor, statement, parameters, _context, _many) -> None:
        if statement.lstrip().lower().startswith("select"):
            seen.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)


def plan_of(statement: str, parameters: object) -> str:
    """The plan that the database makes for a statement."""
    dialect = db.engine.dialect.name
    prefix = (
        "explain query plan "
        if dialect == "sqlite"
        else "explain (analyze, costs off, timing off, summary off) "
    )
    with db.engine.connect() as connection:
        rows = connection.exec_driver_sql(prefix + statement, parameters).fetchall()
    return "\n".join(str(row[-1]) for row in rows)


def scans_in(plan: str) -> list[str]:
    """Lines of a plan that read a large table from end to end."""
    if db.engine.dialect.name == "sqlite":
        found = re.findall(r"^SCAN (\w+)(?! USING (?:COVERING )?INDEX)", plan, re.MULTILINE)
    else:
        found = re.findall(r"Seq Scan on (\w+)", plan)
    return [table for table in found if table in LARGE]


FILTERS = {
    "everything": {},
    "failed": {"status": "failed"},
    "held": {"status": "held"},
    "pending": {"status": "pending"},
    "sending": {"status": "sending"},
    "delivered": {"status": "succeeded"},
    "one type": {"event_type": "lead.created"},
    "a type that is rare": {"event_type": "deal.created"},
    "a reason": {"reason": "http_401"},
    "failed of a type": {"status": "failed", "event_type": "deal.created"},
    "a record": {"q": "4711"},
    "a delivery": {"q": "dlv_000000000000"},
    "an event": {"q": "evt_000000000000"},
    "a time": {"since": NOW - timedelta(hours=2), "until": NOW - timedelta(hours=1)},
}


def test_no_list_scans(much, space_id, monkeypatch):
    """All filters in one test, in the space and in a webhook: filling the tables is what takes time.

    The window is as much smaller than usual as the tables are: to read most of a table, PostgreSQL scans.
    """
    monkeypatch.setattr(query, "WINDOW", 1000)
    monkeypatch.setattr(query, "COUNTED_UP_TO", 100)
    wrong = []
    cursors = (None, encode_cursor(id_at("dlv", NOW - timedelta(hours=3))))
    for name, webhook_id, cursor in product(FILTERS, (None, much[0]), cursors):
        with watched() as statements:
            find_deliveries(space_id, Filters(webhook_id=webhook_id, **FILTERS[name]), cursor)
        assert len(statements) <= MOST_QUERIES - 4, name  # the page around the list has its own
        for statement, parameters in statements:
            plan = plan_of(statement, parameters)
            if scans_in(plan):
                wrong.append(f"{name} in {webhook_id or 'the space'}:\n{statement}\n{plan}")
    assert wrong == []


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("status", ["pending", "sending", "held", "failed"])
def test_what_has_a_status_that_few_have_is_not_looked_for_among_all(status, inside, space_id):
    """A webhook may have a million deliveries, and SQLite has no statistics that would tell it."""
    plans = []
    for webhook_id in (None, make_webhook(space_id)):
        for filters in ({}, {"event_type": "lead.created"}):
            with watched() as statements:
                find_deliveries(space_id, Filters(webhook_id=webhook_id, status=status, **filters))
            plans += [plan_of(*statement) for statement in statements]
    assert any("delivery" in plan for plan in plans)
    ways = re.compile("ix_delivery_(space|webhook)_id_id|SCAN delivery")
    assert [plan for plan in plans if ways.search(plan)] == []


@pytest.mark.databases("postgresql")
def test_a_list_reads_no_more_rows_than_its_window(much, space_id):
    """PostgreSQL counts the rows that each step really read."""
    with watched() as statements:
        find_deliveries(space_id, Filters(event_type="deal.created"))
        find_deliveries(space_id, Filters(status="failed"))
        find_deliveries(space_id, Filters(webhook_id=much[1]))
    for statement, parameters in statements:
        read = [int(rows) for rows in re.findall(r"actual rows=(\d+)", plan_of(statement, parameters))]
        assert max(read, default=0) <= WINDOW, statement


@pytest.fixture
def logged_in(much, admin):
    """An admin in the space that has much."""
    return admin


@pytest.mark.databases("sqlite")
def test_few_queries_make_a_page(logged_in, much, space_id):
    delivery_id = _busy_delivery(space_id, much[0])
    pages = ["/webhooks", f"/webhooks/{much[0]}", "/deliveries", "/deliveries?status=failed"]
    pages += [f"/deliveries/{delivery_id}", f"/webhooks/{much[0]}/settings", "/deliveries?q=4711", "/inbox"]
    pages += [f"/webhooks/{much[0]}/live?newest=zzz", f"/webhooks/{much[0]}?chart=30d", "/", "/?chart=30d"]
    pages += [
        "/incidents",
        f"/incidents?webhook_id={much[0]}&state=open",
        f"/webhooks/{much[0]}/tries/compare",
    ]
    pages += [f"/incidents/{_incident(space_id, much[0], delivery_id)}"]
    logged_in.get("/inbox")  # its first use makes the address
    counts = {}
    for page in pages:
        with watched() as statements:
            assert logged_in.get(page).status_code in {200, 204}
        counts[page] = len(statements)
        for statement, parameters in statements:
            assert scans_in(plan_of(statement, parameters)) == [], statement
    assert {page: n for page, n in counts.items() if n > MOST_QUERIES} == {}


def _incident(space_id: str, webhook_id: str, delivery_id: str) -> str:
    """One of the busy delivery's tries, and changes of settings in its time."""
    session = db.session()
    tries = session.scalars(
        select(Attempt.id).where(Attempt.delivery_id == delivery_id).order_by(Attempt.id)
    ).all()
    reason = {"reason": "http_503", "status": 503, "server": "Caddy", "failed": 1, "attempts": 3}
    incident = Incident(
        space_id=space_id,
        webhook_id=webhook_id,
        opened_at=NOW,
        failed=1,
        attempts=3,
        reasons=[{**reason, "first_at": 1, "last_at": 2, "attempt_id": tries[-1]}],
        first_attempt_id=tries[0],
        last_attempt_id=tries[-1],
    )
    session.add(incident)
    session.commit()
    return incident.id


def _busy_delivery(space_id: str, webhook_id: str) -> str:
    """The newest delivery of the webhook, with three tries."""
    session = db.session()
    delivery = session.query(Delivery).filter_by(webhook_id=webhook_id).order_by(Delivery.id.desc()).first()
    for number in (1, 2, 3):
        session.add(
            Attempt(
                space_id=space_id,
                webhook_id=webhook_id,
                delivery_id=delivery.id,
                number=number,
                started_at=NOW,
                method="POST",
                url="https://crm.example.com",
                request_headers=b"[]",
                request_body=b"{}",
                status=503,
                outcome="failed",
                reason="http_503",
            )
        )
    delivery.attempts_count = 3
    session.commit()
    return delivery.id
