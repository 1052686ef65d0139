"""Take the search keys of events that have none yet, off the way of whoever publishes (C6).

Their data is read and taken apart before anything is locked. Two workers may do the same work; one of them keeps it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.extensions import db
from app.core.times import now_ms
from app.core.transaction import transaction
from app.core.upserts import insert_into
from app.ledger.moves import Moved
from app.ledger.moves.steps import StepSize
from app.ledger.search import Keys, keys_of_event, moment_of, search_index
from app.maintenance.step import Turn
from app.models import SearchProgress
from app.models.search_progress import EVENTS

MOST_AT_ONCE = 1_000
# PostgreSQL: an event is committed within this time after its id was made, nearly always; for the others `take_late`.
COMMITTED_WITHIN_MS = 8_000
LATE_WITHIN_MS = 120_000
_OLDEST_TRANSACTION = text(
    "select cast(extract(epoch from min(xact_start)) * 1000 as bigint) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid()"
)
_size = StepSize(first=200, least=50, most=MOST_AT_ONCE)


def take_search_keys(turn: Turn) -> bool:
    """Of what was published since the last look."""
    return _while_turn_goes_on(turn, take_new)


def take_late_search_keys(turn: Turn) -> bool:
    """Of what a long transaction published."""
    return _while_turn_goes_on(turn, take_late)


def _while_turn_goes_on(turn: Turn, take: Callable[[int], Moved]) -> bool:
    while take(_size.rows).more:
        if not turn.goes_on():
            return True
    return False


def take_new(at_most: int = MOST_AT_ONCE) -> Moved:
    """Take the keys of the next events; `rows`: of how many."""
    session = db.session()
    last_id = _last_id(session)
    found = search_index(session).to_read(session, last_id, at_most, COMMITTED_WITHIN_MS)
    session.rollback()
    rows = [keys_of_event(one) for one in found]
    if not found or not _keep(rows, last_id, found[-1].id):
        return Moved(0, more=bool(found))
    return Moved(len(found), more=len(found) == at_most)


def take_late(at_most: int = MOST_AT_ONCE) -> Moved:
    """Take the keys of events that were committed long after their ids were made, by a long transaction.

    On SQLite there are none. On PostgreSQL all that were made since the oldest transaction began are looked at.
    """
    session = db.session()
    last_id = _last_id(session)
    if not last_id or not search_index(session).commits_late:
        return Moved(0, more=False)
    oldest = min(session.scalar(_OLDEST_TRANSACTION) or now_ms(), now_ms()) - LATE_WITHIN_MS
    looks_back = max(0, moment_of(last_id) - oldest)
    found = search_index(session).to_read(session, last_id, at_most, looks_back)
    session.rollback()
    rows = [keys_of_event(one) for one in found if one.id < last_id]
    if not rows or not _keep(rows, last_id, last_id):
        return Moved(0, more=bool(rows))
    return Moved(len(rows), more=len(rows) == at_most)


def _keep(rows: Sequence[Keys | None], last_id: str, newest_id: str) -> bool:
    """Keep the keys; False, and nothing kept, if another worker took some since `last_id` was read."""
    began = time.monotonic()
    with transaction() as session:
        progress, index = _locked_progress(session), search_index(session)
        if progress.last_id != last_id:
            return False
        # Where events are committed late, the newest of these may be older than what was taken before.
        progress.last_id = max(last_id, newest_id) if index.commits_late else newest_id
        index.insert(session, [row for row in rows if row])
    _size.learn(len(rows), time.monotonic() - began)
    return True


def _last_id(session: Session) -> str:
    progress = session.get(SearchProgress, EVENTS, populate_existing=True)
    return progress.last_id if progress else ""


def _locked_progress(session: Session) -> SearchProgress:
    progress = _lock_progress(session)
    if progress is None:
        # Several workers may see that nothing was ever taken; one of them makes the row, the others wait for it.
        first = insert_into(session, SearchProgress).values(name=EVENTS, last_id="")
        session.execute(first.on_conflict_do_nothing())
        progress = _lock_progress(session)
    if progress is None:
        raise RuntimeError("The row of search_progress was removed.")
    return progress


def _lock_progress(session: Session) -> SearchProgress | None:
    return session.get(SearchProgress, EVENTS, with_for_update=True, populate_existing=True)
