"""How outcomes are written on SQLite: a row for each attempt, and where its delivery goes from here.

Nearly every attempt is an ordinary one: planned, sent as its request template says, accepted in full. What follows from
that stands in the statements. Each value that need not be handed over spares its way through `sqlite3`, which
is longer than its way into the database.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from operator import itemgetter

from app.ledger.attempt_row import ATTEMPT_COLUMNS, NO_FACTS
from app.ledger.leases.entries import Entry, LaneChange
from app.ledger.leases.rows import execute_rows
from app.models.attempt import SCHEDULED
from app.models.counter import HOUR_MS
from app.models.delivery import SUCCEEDED

# What stands in these columns for an ordinary try.
ORDINARY: dict[str, str | bytes | bool | None] = {
    "trigger": SCHEDULED,
    "method": None,
    "url": None,
    "request_headers": None,
    "request_body": None,
    "truncated": False,
    "outcome": SUCCEEDED,
    "reason": None,
    "detail": "",
    "facts": NO_FACTS,
}
TOLD = [name for name in ATTEMPT_COLUMNS if name not in ORDINARY]

ATTEMPT = f"insert into attempt ({', '.join(ATTEMPT_COLUMNS)}) values {{rows}}"  # noqa: S608 (names of ours)
ORDINARY_ATTEMPT = f"insert into attempt ({', '.join([*TOLD, *ORDINARY])}) values {{rows}}"  # noqa: S608

MOVE = """
update delivery set until_it_works = until_it_works and new.column2 <> 'succeeded', status = new.column2,
  due_at = new.column3, attempts_count = new.column4, failed_attempts = new.column5, last_status = new.column6,
  last_reason = new.column7, last_attempt_at = new.column8, manual = 0, resume_at = null
from (values {rows}) as new where delivery.id = new.column1
"""
ORDINARY_MOVE = f"""
update delivery set until_it_works = 0, status = '{SUCCEEDED}', due_at = new.column2, attempts_count = new.column3,
  last_status = new.column4, last_reason = null, last_attempt_at = new.column5, manual = 0, resume_at = null
from (values {{rows}}) as new where delivery.id = new.column1
"""  # noqa: S608 (a word of ours)


def _in_sql(value: str | bytes | bool | None) -> str:
    """A word of ours as SQL says it."""
    if value is None:
        return "null"
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    return f"'{value}'" if isinstance(value, str) else str(int(value))


CONSTANTS = "".join(f", {_in_sql(value)}" for value in ORDINARY.values())

_columns = list(ATTEMPT_COLUMNS)
_told = itemgetter(*(_columns.index(name) for name in TOLD))
_of_ordinary = itemgetter(*(_columns.index(name) for name in ORDINARY))
_ordinary = tuple(ORDINARY.values())


def write_outcomes(db: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    """Insert the attempts and move their deliveries. Called within a transaction."""
    ordinary: list[Entry] = []
    others: list[Entry] = []
    for entry in entries:
        (ordinary if _of_ordinary(entry.attempt) == _ordinary else others).append(entry)
    execute_rows(db, ORDINARY_ATTEMPT, [_told(e.attempt) for e in ordinary], CONSTANTS)
    execute_rows(db, ORDINARY_MOVE, [_ordinary_move_values(e) for e in ordinary])
    execute_rows(db, ATTEMPT, [e.attempt for e in others])
    execute_rows(db, MOVE, [_move_values(e) for e in others])


def _ordinary_move_values(e: Entry) -> tuple[object, ...]:
    """In the order of ORDINARY_MOVE. By position: this runs for every delivery, and names cost a look-up each."""
    return e.delivery_id, e.due_at, e.attempts_count, e.http_status, e.attempted_at


def _move_values(e: Entry) -> tuple[object, ...]:
    """In the order of MOVE."""
    return (
        e.delivery_id,
        e.status,
        e.due_at,
        e.attempts_count,
        e.failed_attempts,
        e.http_status,
        e.reason,
        e.attempted_at,
    )


def lane_values(c: LaneChange) -> tuple[object, ...]:
    """What a batch means for a lane, in the order of the ledger's LANE."""
    last = c.last
    assert last is not None  # noqa: S101 (a change is made by adding an entry)
    return (
        c.webhook_id,
        c.attempts,
        c.ok,
        c.run,
        c.run_since,
        c.last_failure_at,
        last.attempted_at,
        last.http_status,
        last.reason,
        last.attempt_id,
        c.run_seconds,
        c.lead,
        c.lead_since,
        c.accepted_at,
    )


def counter_values(c: LaneChange) -> tuple[object, ...]:
    """What it counts, in the order of the columns of COUNTER_CHANGE."""
    assert c.last is not None  # noqa: S101 (as above)
    return (
        c.webhook_id,
        c.last.attempted_at // HOUR_MS,
        0,
        0,
        c.delivered,
        c.failed,
        0,
        0,
        c.ok,
        c.attempts - c.ok,
        *c.took_values(),
    )
