"""What finding costs with many events behind it: taking search keys, searching, filters, an event's page, an export."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator

from sqlalchemy import Engine, create_engine, text

from app.core.database import prepare_engine
from app.maintenance.search_keys import take_new
from bench.fill import settle
from bench.pages import Asker, Page, filled
from bench.table import Line

REPEATS = 60
MOST_MS = 100.0
MOST_OF_AN_EVENT = 0.4
LEAST_PER_S = 1_000
FIRST_BYTE_MS = 1_000.0
MOST_GROWTH_MB = 30.0

# `{number}` has one event, `{few}` is how eleven begin; the e-mail address and the word have all.
PAGES = [
    Page("search by a value that one has", "/search?q={number}"),
    Page("search by the beginning of some", "/search?q={few}"),
    Page("search by an e-mail address that all have", "/search?q=ada.lovelace@example.com"),
    Page("search by a phone number that none has", "/search?q=%2B48600700800"),
    Page("search by two words", "/search?q=ada lovelace"),
    Page("search by an event's id", "/events/{event}"),
    Page("list: a value that one has", "/deliveries?q={number}"),
    Page("list: a value that all have, failed", "/deliveries?q=qualified&status=failed"),
    Page("list: failed", "/deliveries?status=failed"),
    Page("list: a webhook", "/deliveries?webhook_id={webhook}"),
    Page("list: an event type", "/deliveries?event_type=lead.created"),
    Page("list: a reason that none has", "/deliveries?reason=refused"),
    Page("list: a day", "/deliveries?when=24h"),
    Page("API: search", "/api/v1/search?q={number}", for_programs=True),
    Page("API: events by a value", "/api/v1/events?q={number}", for_programs=True),
    Page("API: an event", "/api/v1/events/{event}", for_programs=True),
]


def finding(name: str, database_url: str, rows: int) -> list[Line]:
    """All lines for one database with so many events."""
    with filled(database_url, rows) as asker:
        lines = [_taking(name, asker, rows)]
        engine = create_engine(database_url)
        prepare_engine(engine)
        settle(engine)
        lines.append(_bytes(name, engine, rows))
        engine.dispose()
        asker.ids.update(number=str(rows // 3), few=str(rows // 3)[:-1])
        lines += [_page(f"{name}: {page.name}, {rows:,} events", asker, page) for page in PAGES]
        return lines + _export(name, asker, rows)


def _taking(name: str, asker: Asker, rows: int) -> Line:
    """Events a second whose keys one maintenance worker takes, as quickly as it can."""
    with asker.app.app_context():
        began = time.perf_counter()
        while take_new().more:
            pass
        per_s = rows / (time.perf_counter() - began)
    what = f"{name}: events a second whose search keys are taken / {LEAST_PER_S:,}"
    return Line(what, f"{per_s:,.0f}/s", f"{LEAST_PER_S:,}/s", per_s / LEAST_PER_S, 1.0)


def _bytes(name: str, engine: Engine, rows: int) -> Line:
    """Bytes of the keys of an event over those of the event itself, indexes included."""
    with engine.connect() as connection:
        keys, event = (
            int(connection.scalar(text(_SIZE[engine.dialect.name]), {"table": table}) or 0) / rows
            for table in ("event_search", "event")
        )
    what = f"{name}: bytes of the search keys of an event / of the event"
    return Line(
        what, f"{keys:,.0f} bytes", f"{event:,.0f} bytes", keys / event, MOST_OF_AN_EVENT, at_most=True
    )


def _page(what: str, asker: Asker, page: Page) -> Line:
    """The 95th percentile of the server's time."""
    asker.get(page)
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        asker.get(page)
        times.append((time.perf_counter() - began) * 1000)
    p95 = sorted(times)[int(REPEATS * 0.95)]
    return Line(f"{what}: p95", f"{p95:.1f} ms", f"{MOST_MS:.0f} ms", p95 / MOST_MS, 1.0, at_most=True)


def _export(name: str, asker: Asker, rows: int) -> list[Line]:
    """When its first byte comes, how quickly it is written, and by how much the process grows."""
    before = _peak_mb()
    began = time.perf_counter()
    answer = asker.client.get("/deliveries/export", buffered=False)
    pieces: Iterator[bytes] = iter(answer.response)
    first = len(next(pieces)) and (time.perf_counter() - began) * 1000
    lines = sum(piece.count(b"\n") for piece in pieces)
    per_s = lines / (time.perf_counter() - began)
    answer.close()
    if lines != rows:
        raise RuntimeError(f"The export has {lines} rows and not {rows}.")
    grown = _peak_mb() - before
    what = f"{name}: export of {rows:,}"
    return [
        Line(f"{what}: first byte", f"{first:.0f} ms", "1 s", first / FIRST_BYTE_MS, 1.0, at_most=True),
        Line(
            f"{what}: memory",
            f"{grown:.1f} MB",
            f"{MOST_GROWTH_MB:.0f} MB",
            grown / MOST_GROWTH_MB,
            1.0,
            True,
        ),
        Line(f"{what}: rows a second", f"{per_s:,.0f}/s", "10,000/s", per_s / 10_000),
    ]


def _peak_mb() -> float:
    """The most memory that this process has had so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024**2 if sys.platform == "darwin" else peak / 1024


_SIZE = {
    "postgresql": "select pg_total_relation_size(cast(:table as regclass))",
    "sqlite": "select sum(pgsize) from dbstat where name in (select name from sqlite_master where tbl_name = :table"
    " or (:table = 'event_search' and tbl_name like 'event_search%'))",
}
