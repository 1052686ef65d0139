"""What millions of rows cost: pages and lists, claiming from a long backlog, and room on the disk."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

from sqlalchemy import Engine, create_engine, text

from app.core.database import prepare_engine
from app.core.ids import new_id
from app.core.times import now_ms
from app.ledger.leases import Ledger, open_ledger
from bench.fill import add_waiting
from bench.pages import PAGES, beside, filled
from bench.table import Line

ROOM = 500
CLAIMS = 15
TABLES = ("event", "delivery", "attempt")


def at_size(
    name: str, small_url: str, large_url: str, rows: Sequence[int], waiting: Sequence[int]
) -> list[Line]:
    """All lines for one database. rows, waiting: in the small and in the large one."""
    with filled(small_url, rows[0]) as small, filled(large_url, rows[1]) as large:
        lines = beside(name, small, large, PAGES)
        lines += _room_on_disk(name, large_url, rows[1])
        for asker, url, count in zip((small, large), (small_url, large_url), waiting, strict=True):
            engine = _engine(url)
            add_waiting(engine, asker.webhook_ids, count // len(asker.webhook_ids))
            _widen(engine)
            engine.dispose()
        few, many = _claim_ms([small_url, large_url])
    what = f"{name}: a claim of {ROOM} from {waiting[1]:,} waiting / from {waiting[0]:,}"
    return [*lines, Line(what, f"{many:.1f} ms", f"{few:.1f} ms", many / few, 1.5, at_most=True)]


def _widen(engine: Engine) -> None:
    """Lanes that have earned as many places as a claim may fill."""
    with engine.begin() as connection:
        connection.execute(text("update lane set room = :room"), {"room": ROOM})
        connection.execute(text("update webhook set max_in_flight = :room"), {"room": ROOM})


def _claim_ms(database_urls: Sequence[str]) -> list[float]:
    """Milliseconds (median) of a claim in each database, asked in turn: the machine is as quick for both."""
    ledgers = [open_ledger(url) for url in database_urls]
    rounds = [[_one_claim_ms(ledger) for ledger in ledgers] for _ in range(CLAIMS)]
    for ledger in ledgers:
        ledger.close()
    return [statistics.median(times) for times in zip(*rounds, strict=True)]


def _one_claim_ms(ledger: Ledger) -> float:
    """What was taken is given back."""
    token = new_id("lse")
    started = time.perf_counter()
    claimed = ledger.claim(now_ms(), ROOM, token)
    took = (time.perf_counter() - started) * 1000
    if not claimed:
        raise RuntimeError("Nothing could be claimed.")
    ledger.give_back(claimed, token)
    return took


def _room_on_disk(name: str, database_url: str, rows: int) -> list[Line]:
    """Bytes a row, its indexes included."""
    engine = _engine(database_url)
    lines = []
    with engine.connect() as connection:
        for table in TABLES:
            size = connection.scalar(text(_SIZE[engine.dialect.name]), {"table": table}) or 0
            what = f"{name}: a row of {table} on disk, with its indexes / 1,000 bytes"
            lines.append(Line(what, f"{size / rows:,.0f} bytes", "1,000 bytes", size / rows / 1000))
    engine.dispose()
    return lines


_SIZE = {
    "postgresql": "select pg_total_relation_size(cast(:table as regclass))",
    "sqlite": "select sum(pgsize) from dbstat where name in (select name from sqlite_master where tbl_name = :table)",
}


def _engine(database_url: str) -> Engine:
    engine = create_engine(database_url)
    prepare_engine(engine)
    return engine
