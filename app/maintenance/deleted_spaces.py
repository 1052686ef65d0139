"""Remove the spaces that were deleted 30 days ago, with everything in them: table by table, in small steps.

The tables are those of the models, so a new one is emptied, too. A table is found by its `space_id`, else by what it
points to (`webhook_id` and the like); one that has neither belongs to the whole instance and stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, select, tuple_
from sqlalchemy.orm import Session

from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.ledger.moves import cancel_pending, remove_deliveries
from app.ledger.moves.steps import StepSize
from app.ledger.search import search_index
from app.maintenance.step import Turn, move_all
from app.models import Attempt, Base, Delivery, Event, Inbox, OAuthCredential, Recovery, Space, Webhook
from app.models.delivery import PENDING
from app.services.spaces import DELETED_FOR_GOOD_AFTER

# What a column points to where no foreign key says so.
_BY_NAME: dict[str, Any] = {
    "webhook_id": Webhook.__table__,
    "inbox_id": Inbox.__table__,
    "credential_id": OAuthCredential.__table__,
    "recovery_id": Recovery.__table__,
}

_size = StepSize()


def remove_deleted_spaces(turn: Turn) -> bool:
    """A turn's worth of it; True if there is more to do."""
    while (space_id := _due()) is not None:
        if not _end_deliveries(turn, space_id):
            return True
        for table in tables_of_spaces():
            if not _emptied(turn, table, space_id):
                return True
        with transaction() as session:
            session.execute(delete(Space).where(Space.id == space_id))
        if not turn.goes_on():
            return True
    return False


def tables_of_spaces() -> Iterator[Table]:
    """Every table that holds something of spaces, what points to others before what is pointed to."""
    ordered = [table for table in reversed(Base.metadata.sorted_tables) if table.name != Space.__tablename__]
    found = [table for table in ordered if _points_to_space(table, "") is not None]
    # Without a foreign key nothing orders them: they go while what they point to is still there.
    yield from (table for table in found if "space_id" not in table.c)
    yield from (table for table in found if "space_id" in table.c and not _is_pointed_to(table))
    yield from (table for table in found if "space_id" in table.c and _is_pointed_to(table))


def _due() -> str | None:
    before = utc_now() - DELETED_FOR_GOOD_AFTER
    return db.session.scalar(select(Space.id).where(Space.deleted_at < before).order_by(Space.id).limit(1))


def _end_deliveries(turn: Turn, space_id: str) -> bool:
    """Cancel what still waits, then remove deliveries with their attempts; True when none is left."""
    waiting = select(Delivery.webhook_id).where(Delivery.space_id == space_id, Delivery.status == PENDING)
    while (webhook_id := db.session.scalar(waiting.limit(1))) is not None:
        if move_all(turn, lambda session, of=webhook_id: cancel_pending(session, of)):  # type: ignore[misc]
            return False
    while _removed_deliveries(space_id):
        if not turn.goes_on():
            return False
    return True


def _removed_deliveries(space_id: str) -> int:
    with transaction() as session, _size.measured() as step:
        ids = select(Delivery.id).where(Delivery.space_id == space_id).limit(step.most)
        return step.took(remove_deliveries(session, session.scalars(ids).all())).rows


def _emptied(turn: Turn, table: Table, space_id: str) -> bool:
    """Remove the space's rows of a table; True when none is left, False when the turn is over before."""
    while True:
        with transaction() as session, _size.measured() as step:
            removed = step.took(_remove(session, table, space_id, step.most))
        if not removed.more:
            return True
        if not turn.goes_on():
            return False


def _remove(session: Session, table: Table, space_id: str, most: int) -> int:
    key = tuple_(*table.primary_key.columns)
    condition = _points_to_space(table, space_id)
    if condition is None:
        return 0
    some = select(*table.primary_key.columns).where(condition).limit(most)
    rows = session.execute(some).all()
    if rows:
        if table is Event.__table__:  # where words lead to events, no model says so
            search_index(session).remove(session, [row[0] for row in rows])
        session.execute(delete(table).where(key.in_([tuple(row) for row in rows])))
    return len(rows)


def _points_to_space(table: Table, space_id: str) -> ColumnElement[bool] | None:
    """The condition that a row is of the space; None for a table of the whole instance."""
    if table is Attempt.__table__:  # those of deliveries have gone with them; tests and pings have an index
        return (Attempt.space_id == space_id) & Attempt.delivery_id.is_(None)
    by_parent = None if _has_index(table) else _by_parent(table, space_id)
    if by_parent is None and "space_id" in table.c:
        return table.c.space_id == space_id
    return by_parent


def _by_parent(table: Table, space_id: str) -> ColumnElement[bool] | None:
    for column in table.c:
        named = [key.column.table for key in column.foreign_keys]
        parent = named[0] if named else _BY_NAME.get(column.name)
        if parent is None or parent is table or parent.name == Space.__tablename__:
            continue
        condition = _points_to_space(parent, space_id)
        if condition is not None:
            return column.in_(select(parent.c.id).where(condition))
    return None


def _has_index(table: Table) -> bool:
    """True if rows of a space are found without looking at all the others."""
    indexes = [list(index.columns)[0] for index in table.indexes] + [list(table.primary_key.columns)[0]]
    return any(column.name == "space_id" for column in indexes)


def _is_pointed_to(table: Table) -> bool:
    """True if other tables are emptied by looking here."""
    return table in _BY_NAME.values() or any(
        key.column.table is table for other in Base.metadata.sorted_tables for key in other.foreign_keys
    )
