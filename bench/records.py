"""What lists of many records cost: each order and filter, searches, the board, and the same through API and address."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import insert

from app.core.extensions import db
from app.core.times import utc_now
from app.models import Record
from bench.fill import settle
from bench.load import SPACE
from bench.pages import Asker, Page, filled
from bench.search import within_ms
from bench.table import Line

FEW_EVENTS = 1_000
AT_ONCE = 10_000
STAGES, OWNERS = 5, 50

LIST, API = "/records/crm/lead", "/api/v1/records/lead?limit=50"
PAGES = [
    Page("newest", LIST),
    Page("last changed", f"{LIST}?sort=changed"),
    Page("by name", f"{LIST}?sort=name"),
    Page("a stage", f"{LIST}?stage=3"),
    Page("an owner", f"{LIST}?owner=7"),
    Page("an owner who has none, by name", f"{LIST}?owner=4711&sort=name"),
    Page("a stage and an owner, last changed", f"{LIST}?stage=3&owner=7&sort=changed"),
    Page("search: all have it", f"{LIST}?q=person"),
    Page("search: one has it", f"{LIST}?q=hanna777@"),
    Page("search: none has it", f"{LIST}?q=nothing"),
    Page("search by name: none has it", f"{LIST}?q=nothing&sort=name"),
    Page("board", f"{LIST}/board"),
    Page("a record", f"{LIST}/777"),
    Page("API: newest", API, for_programs=True),
    Page("API: a stage, by name", f"{API}&stage=3&sort=name", for_programs=True),
    Page("API: search, one has it", f"{API}&q=hanna777@", for_programs=True),
]


def lists(name: str, database_url: str, rows: int) -> list[Line]:
    """The 95th percentile of the server's time for each page, with so many leads."""
    with filled(database_url, FEW_EVENTS) as asker:
        _add_leads(asker, rows)
        return [within_ms(f"{name}: {rows:,} leads, {page.name}", asker, page) for page in PAGES]


def _add_leads(asker: Asker, rows: int) -> None:
    with asker.app.app_context():
        for begin in range(0, rows, AT_ONCE):
            with db.engine.begin() as connection:
                connection.execute(
                    insert(Record.__table__), [_row(n, rows) for n in range(begin, begin + AT_ONCE)]
                )
        settle(db.engine)


def _row(n: int, rows: int) -> dict[str, Any]:
    at = utc_now() - timedelta(seconds=rows - n)
    label = f"Person {n * 7919 % rows} of company {n % 977}"
    email = f"hanna{n}@example.com"
    data = {"title": label, "email": email, "kanban_stage_id": 1 + n % STAGES, "comments": "x" * 200}
    return {
        "id": f"rec_{n:028x}",
        "space_id": SPACE,
        "kind": "lead",
        "own_id": str(n + 1),
        "data": orjson.dumps(data),
        "stage": str(1 + n % STAGES),
        "owner": str(n % OWNERS),
        "label": label,
        "sort_name": label.lower(),
        "search_text": f"{n + 1} {label} {email}".lower(),
        "version": 1,
        "created_at": at,
        "updated_at": at,
        "deleted_at": None,
    }
