"""A filtered list as a file: CSV or JSON lines, written while it is read (C14)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
from flask import current_app, stream_with_context
from sqlalchemy import Row
from werkzeug.wrappers import Response

from app.core.spreadsheet import harmless_cell
from app.core.times import utc_now
from app.models.delivery import PENDING, SENDING
from app.queries.deliveries.exporting import all_deliveries
from app.queries.deliveries.listing import Filters
from app.services.other_servers import Shares, lent_place

# A space reads so many exports at once, and so many more of its calls wait for a moment, in each web process.
_shares = Shares(at_once=2, in_line=2, longest_wait_s=5)

Item = dict[str, Any]
NAMES = (
    *("id", "event_id", "event_type", "object_id", "webhook_id", "webhook_name", "status", "attempts_count"),
    *("last_status", "last_reason", "created_at", "last_attempt_at", "next_attempt_at"),
)


class ExportFormat(NamedTuple):
    """How rows are written. `head`: what comes first."""

    mimetype: str
    head: str
    write: Callable[[Iterable[Item]], bytes]


def export_deliveries(space_id: str, filters: Filters, format_name: str) -> Response:
    """All deliveries that fit, newest first, as a file that is written while it is sent.

    format_name: one of `FORMATS`. Raises werkzeug's `TooManyRequests` if the space has too many of them under way. It
    holds a thread for as long as it is read, and no transaction; the thread lends its place to another.
    """
    chosen, held = FORMATS[format_name], ExitStack()
    held.enter_context(_shares.taken(space_id))
    held.enter_context(lent_place(current_app))
    pieces = stream_with_context(_pieces(all_deliveries(space_id, filters), chosen))
    response = Response(pieces, mimetype=chosen.mimetype)
    response.call_on_close(held.close)
    name = f"events-{utc_now():%Y-%m-%d-%H%M}.{format_name}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _pieces(pages: Iterable[list[Row[Any]]], chosen: ExportFormat) -> Iterator[bytes]:
    if chosen.head:
        yield chosen.head.encode()
    for page in pages:
        if page:
            yield chosen.write(map(_item, page))


def _item(row: Row[Any]) -> Item:
    status = SENDING if row.status == PENDING and row.in_flight else row.status
    values = row._mapping
    item = {name: values[name] for name in NAMES if name in values}
    return item | {
        "status": status,
        "created_at": _moment(row.created_at),
        "last_attempt_at": _moment(row.last_attempt_at),
        "next_attempt_at": _moment(row.due_at) if status == PENDING else None,
    }


def _moment(at: datetime | None) -> str | None:
    if at is None:
        return None
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _csv(items: Iterable[Item]) -> bytes:
    lines = io.StringIO()
    csv.writer(lines).writerows([harmless_cell(item[name]) for name in NAMES] for item in items)
    return lines.getvalue().encode()


def _json_lines(items: Iterable[Item]) -> bytes:
    return b"".join(orjson.dumps(item, option=orjson.OPT_APPEND_NEWLINE) for item in items)


FORMATS: dict[str, ExportFormat] = {
    "csv": ExportFormat("text/csv", ",".join(NAMES) + "\r\n", _csv),
    "jsonl": ExportFormat("application/x-ndjson", "", _json_lines),
}
