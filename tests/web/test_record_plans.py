"""Lists of records read along an index, and few queries make a page, however many records there are."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import Row, insert, select, text

from app.core.extensions import db
from app.core.times import utc_now
from app.models import Record, RecordLink
from app.queries.records import RecordFilters, board_of_records, page_of_records, record_of, related_records
from tests.web import test_plans
from tests.web.test_plans import MOST_QUERIES, plan_of, scans_in, watched

MANY = 20_000


@pytest.fixture(autouse=True)
def large_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Records grow with use: a scan of them is what must not be."""
    monkeypatch.setattr(test_plans, "LARGE", ("record", "record_link", "event", "delivery"))


@pytest.fixture
def many(inside, space_id) -> None:
    """Twenty thousand leads of fifty owners in five stages, each of which names a company."""
    now = utc_now()
    rows = [_row(space_id, n, now - timedelta(seconds=MANY - n)) for n in range(MANY)]
    session = db.session()
    session.execute(insert(Record), rows)
    session.execute(
        insert(RecordLink),
        [
            {"from_id": row["id"], "space_id": space_id, "to_kind": "company", "to_id": str(n % 900)}
            for n, row in enumerate(rows)
        ],
    )
    session.commit()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("analyze"))
        session.commit()


def _row(space_id: str, n: int, at) -> dict:
    label = f"Person {n * 7919 % MANY} of company {n % 977}"
    return {
        "id": f"rec_{n:028x}",
        "space_id": space_id,
        "kind": "lead",
        "own_id": str(n + 1),
        "data": b'{"title":"A"}',
        "stage": str(1 + n % 5),
        "owner": str(n % 50),
        "label": label,
        "sort_name": label.lower(),
        "search_text": f"{n + 1} {label} hanna{n}@example.com".lower(),
        "version": 1,
        "created_at": at,
        "updated_at": at,
        "deleted_at": None,
    }


# A search may read all records of its kind: where those are most of the table, PostgreSQL scans, and rightly so.
FILTERS = ({}, {"stage": "3"}, {"owner": "7"}, {"owner": "nobody"})


def test_no_list_scans(many, space_id) -> None:
    """Every order with every filter, the first page and the one after; the board; what is related."""
    wrong = []
    for sort, filters in product(("newest", "changed", "name"), FILTERS):
        with watched() as statements:
            page = page_of_records(space_id, "lead", RecordFilters(sort=sort, **filters))
            if page.next_cursor:
                page_of_records(space_id, "lead", RecordFilters(sort=sort, **filters), page.next_cursor)
        wrong += [(sort, filters, plan) for one in statements if scans_in(plan := plan_of(*one))]
    record = record_of(space_id, "lead", "77")
    with watched() as statements:
        board_of_records(space_id, "lead", ["1", "2", None])
        related_records(record)
    wrong += [plan for one in statements if scans_in(plan := plan_of(*one))]
    assert wrong == []


@pytest.mark.databases("sqlite")
def test_a_search_reads_the_index_alone(many, space_id) -> None:
    """Records that do not fit are never read: the text that is searched stands in the index."""
    with watched() as statements:
        assert page_of_records(space_id, "lead", RecordFilters(q="nothing like it")).records == []
    assert "ix_record_newest" in plan_of(*statements[0])


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({"owner": "nobody", "sort": "name"}, "ix_record_owner"),
        ({"owner": "nobody", "q": "person"}, "ix_record_owner"),
        ({"stage": "9", "sort": "changed"}, "ix_record_stage"),
        ({"q": "nothing like it", "sort": "name"}, "ix_record_newest"),
    ],
)
def test_nobody_walks_along_the_order_for_what_is_not_there(many, space_id, filters, index) -> None:
    """Where a filter lets few pass, they are found by its index, and all others are never read."""
    with watched() as statements:
        assert page_of_records(space_id, "lead", RecordFilters(**filters)).records == []
    assert [index in plan_of(*one) for one in statements] == [True]


def test_few_are_put_in_order_and_many_are_walked_along(many, space_id) -> None:
    """Both ways find the same, page after page."""
    columns = select(
        Record.id, Record.updated_at, Record.sort_name, Record.owner, Record.stage, Record.search_text
    )
    all_of_them = db.session.execute(columns).all()
    for filters in ({"owner": "7"}, {"q": "hanna19"}, {"stage": "3"}, {"stage": "3", "q": "person"}):
        for sort in ("newest", "changed", "name"):
            seen: list[str] = []
            cursor: str | None = None
            for _page in range(3):
                page = page_of_records(space_id, "lead", RecordFilters(sort=sort, **filters), cursor)
                seen += [record.id for record in page.records]
                cursor = page.next_cursor
            key = {"newest": "id", "changed": "updated_at", "name": "sort_name"}[sort]
            every = [row for row in all_of_them if _fits(row, filters)]
            every.sort(key=lambda one: (getattr(one, key), one.id), reverse=sort != "name")
            assert seen == [record.id for record in every[:75]], (filters, sort)


def _fits(record: Row, filters: dict[str, str]) -> bool:
    wanted = filters.get("owner", record.owner), filters.get("stage", record.stage)
    return wanted == (record.owner, record.stage) and filters.get("q", "") in record.search_text


@pytest.mark.databases("sqlite")
def test_what_a_record_names_is_found_by_its_id(many, space_id) -> None:
    record = record_of(space_id, "lead", "77")
    with watched() as statements:
        related_records(record)
    of_records = [plan_of(*one) for one in statements if "FROM record " in one[0].replace("\n", " ")]
    assert of_records
    assert all("own_id=?" in plan or "rowid" in plan or "id=?" in plan for plan in of_records)


@pytest.mark.databases("sqlite")
def test_few_queries_make_a_page(many, admin) -> None:
    """The list, the board, a record and its form."""
    counts = {}
    base = "/records/crm/lead"
    for page in (base, f"{base}?q=hanna19", f"{base}/board", f"{base}/77", f"{base}/77/edit", f"{base}/new"):
        with watched() as statements:
            assert admin.get(page).status_code == 200
        counts[page] = len(statements)
        assert [one for one in statements if scans_in(plan_of(*one))] == []
    assert {page: n for page, n in counts.items() if n > MOST_QUERIES} == {}
