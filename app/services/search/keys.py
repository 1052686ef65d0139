"""Take the search keys of events that have none yet, off the way of whoever publishes.

Their data is read and taken apart before anything is locked. Two workers may do the same work; one of them keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.extensions import db
from app.core.times import now_ms
from app.core.transaction import transaction
from app.ledger.search import keys_of_event, moment_of, search_index
from app.models import SearchProgress
from app.models.search_progress import EVENTS

AT_ONCE = 500
# PostgreSQL: an event is committed within this time after its id was made, nearly always; for the others `take_late`.
COMMITTED_WITHIN_MS = 8_000
LATE_WITHIN_MS = 120_000
_OLDEST_TRANSACTION = text(
    "select cast(extract(epoch from min(xact_start)) * 1000 as bigint) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid()"
)


@dataclass(frozen=True, slots=True)
class Taken:
    """How many events were looked at; `more`: there may be others."""

    events: int
    more: bool


def take_new(at_most: int = AT_ONCE) -> Taken:
    """Take the keys of the next events."""
    session = db.session()
    last_id = _last_id(session)
    found = search_index(session).to_read(session, last_id, at_most, COMMITTED_WITHIN_MS)
    rows = [keys_of_event(one) for one in found]
    session.rollback()
    if not found:
        return Taken(0, more=False)
    with transaction() as session:
        progress, index = _locked_progress(session), search_index(session)
        if progress.last_id != last_id:  # another worker was quicker
            return Taken(0, more=True)
        progress.last_id = max(last_id, found[-1].id) if index.commits_late else found[-1].id
        index.insert(session, [row for row in rows if row])
    return Taken(len(found), more=len(found) == at_most)


def take_late(at_most: int = AT_ONCE) -> Taken:
    """Take the keys of events that were committed long after their ids were made, by a long transaction.

    On SQLite there are none. On PostgreSQL all that were made since the oldest transaction began are looked at.
    """
    session = db.session()
    last_id = _last_id(session)
    if not last_id or not search_index(session).commits_late:
        return Taken(0, more=False)
    oldest = min(session.scalar(_OLDEST_TRANSACTION) or now_ms(), now_ms()) - LATE_WITHIN_MS
    looks_back = max(0, moment_of(last_id) - oldest)
    found = search_index(session).to_read(session, last_id, at_most, looks_back)
    rows = [keys_of_event(one) for one in found if one.id < last_id]
    session.rollback()
    if not rows:
        return Taken(0, more=False)
    with transaction() as session:
        _locked_progress(session)
        search_index(session).insert(session, [row for row in rows if row])
    return Taken(len(rows), more=len(rows) == at_most)


def _last_id(session: Session) -> str:
    progress = session.get(SearchProgress, EVENTS, populate_existing=True)
    return progress.last_id if progress else ""


def _locked_progress(session: Session) -> SearchProgress:
    progress = session.get(SearchProgress, EVENTS, with_for_update=True, populate_existing=True)
    if progress is None:
        progress = SearchProgress(name=EVENTS, last_id="")
        session.add(progress)
        session.flush()
    return progress
