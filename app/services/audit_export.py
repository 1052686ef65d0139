"""The audit log as a file: read page by page, so that its length costs no memory and no transaction stays open."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

from app.audit.actions import EXPORTED
from app.audit.differences import detail
from app.audit.read import AuditFilters, entries
from app.audit.subject import AUDIT, Subject
from app.core.extensions import db
from app.core.spreadsheet import harmless_cell
from app.core.transaction import transaction
from app.models import Change
from app.services.auditing import note

# More than that is asked for in parts, by time.
MOST = 100_000
PAGE = 500
NAMES = (
    "at",
    "action",
    "subject_kind",
    "subject_id",
    "actor_kind",
    "actor_id",
    "actor",
    "from_address",
    "changes",
)


def export_audit(space_id: str, filters: AuditFilters, file_format: str) -> Iterator[str]:
    """The entries that fit, newest first, at most `MOST`, as pieces of a file. `file_format`: of `FORMATS`.

    That somebody took them with them is an entry itself, written before the first piece.
    """
    with transaction() as session:
        note(session, space_id, EXPORTED, Subject(AUDIT, None), [detail("audit.format", None, file_format)])
    head, line = FORMATS[file_format]
    yield head
    for page in _pages(space_id, filters):
        yield "".join(line(row) for row in page)


def _pages(space_id: str, filters: AuditFilters) -> Iterator[list[dict[str, Any]]]:
    before, sent = None, 0
    while sent < MOST:
        page = entries(db.session(), space_id, filters, before, PAGE)
        rows = [_row(change) for change in page.changes]
        db.session.rollback()  # nothing stays open while the bytes travel
        yield rows
        before, sent = page.next_id, sent + len(rows)
        if before is None:
            return


def _row(change: Change) -> dict[str, Any]:
    return {
        "at": change.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "action": change.kind,
        "subject_kind": change.subject_kind,
        "subject_id": change.subject_id,
        "actor_kind": change.actor_kind,
        "actor_id": change.actor_id,
        "actor": change.actor_name,
        "from_address": change.address,
        "changes": change.details,
    }


def _csv_line(row: dict[str, Any]) -> str:
    cells = [row[name] if isinstance(row[name], str) else _json(row[name]) for name in NAMES]
    return _csv([harmless_cell(cell) for cell in cells])


def _csv(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


# Name: what the file begins with, and how an entry stands in it.
FORMATS: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "csv": (_csv(list(NAMES)), _csv_line),
    "jsonl": ("", lambda row: _json(row) + "\n"),
}
