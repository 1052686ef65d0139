"""What finding costs with many events behind it: taking search keys, searching, filters, an event's page, an export."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psutil
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
FIRST_ROW_MS = 1_000.0
MOST_GROWTH_MB = 30.0
MEGABYTE = 1e6

# `{number}` has one event, `{few}` is how eleven begin; the e-mail address and the word have all.
PAGES = [
    Page("search by a value that one has", "/search?q={number}"),
    Page("search by the beginning of some", "/search?q={few}"),
    Page("search by an e-mail address that all have", "/search?q=ada.lovelace@example.com"),
    Page("search by a phone number that none has", "/search?q=%2B48600700800"),
    Page("search by two words", "/search?q=ada lovelace"),
    Page("list: a value that one has", "/deliveries?q={number}"),
    Page("list: a value that all have, failed", "/deliveries?q=qualified&status=failed"),
    Page("list: failed", "/deliveries?status=failed"),
    Page("list: a webhook", "/deliveries?webhook_id={webhook}"),
    Page("list: an event type", "/deliveries?event_type=lead.created"),
    Page("list: a reason that none has", "/deliveries?reason=refused"),
    Page("list: held", "/deliveries?status=held"),
    Page("list: waiting", "/deliveries?status=pending"),
    Page("list: a day", "/deliveries?when=24h"),
    Page("list: since a day", "/deliveries?since={day}"),
    Page("list: until long ago", "/deliveries?until={old_day}"),
    Page("an event", "/events/{event}"),
    Page("home", "/"),
    Page("home, 30 days", "/?chart=30d"),
    Page("incidents", "/incidents"),
    Page("an incident", "/incidents/{incident}"),
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
        lines += [within_ms(f"{name}: {page.name}, {rows:,} events", asker, page) for page in PAGES]
        for format_name in ("csv", "jsonl"):
            lines += _export(name, asker, rows, format_name)
        return lines


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


def within_ms(what: str, asker: Asker, page: Page) -> Line:
    """The 95th percentile of the server's time for a page, over `MOST_MS`."""
    asker.get(page)
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        asker.get(page)
        times.append((time.perf_counter() - began) * 1000)
    p95 = sorted(times)[int(REPEATS * 0.95)]
    return Line(f"{what}: p95", f"{p95:.1f} ms", f"{MOST_MS:.0f} ms", p95 / MOST_MS, 1.0, at_most=True)


def _export(name: str, asker: Asker, rows: int, format_name: str) -> list[Line]:
    """When its first row comes, how quickly it is written, and by how much the process grows after a tenth of it.

    By then the database's own cache, which has a limit, is as large as it gets.
    """
    early = most = 0
    began, first_ms, lines = time.perf_counter(), 0.0, 0
    answer = asker.client.get(f"/deliveries/export?format={format_name}", buffered=False)
    head = 1 if format_name == "csv" else 0
    pieces: Iterator[bytes] = iter(answer.response)
    for piece in pieces:
        lines += piece.count(b"\n")
        if lines > head and not first_ms:
            first_ms = (time.perf_counter() - began) * 1000
        most = max(most, _own_memory())
        early = most if lines < rows // 10 else early
    per_s = lines / (time.perf_counter() - began)
    answer.close()
    if lines != rows + head:
        raise RuntimeError(f"The export has {lines - head} rows and not {rows}.")
    what, grown = f"{name}: export of {rows:,} as {format_name}", (most - early) / MEGABYTE
    most_growth = f"{MOST_GROWTH_MB:.0f} MB"
    return [
        Line(f"{what}: first row", f"{first_ms:.0f} ms", "1 s", first_ms / FIRST_ROW_MS, 1.0, at_most=True),
        Line(f"{what}: memory", f"{grown:.1f} MB", most_growth, grown / MOST_GROWTH_MB, 1.0, at_most=True),
        Line(f"{what}: rows a second", f"{per_s:,.0f}/s", "10,000/s", per_s / 10_000),
    ]


def _own_memory() -> int:
    """Bytes of this process without files that are mapped into it: SQLite maps the database's."""
    memory = psutil.Process().memory_info()
    return int(memory.rss - getattr(memory, "shared", 0))


_SIZE = {
    "postgresql": "select pg_total_relation_size(cast(:table as regclass))",
    "sqlite": "select sum(pgsize) from dbstat where name in (select name from sqlite_master where tbl_name = :table"
    " or (:table = 'event_search' and tbl_name like 'event_search%'))",
}
