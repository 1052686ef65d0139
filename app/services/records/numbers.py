"""The ids that records are known by: counted per kind and space, or UUIDs where the article has those."""

from __future__ import annotations

import uuid
from typing import cast

from sqlalchemy import Table, bindparam, update
from sqlalchemy.orm import Session

from app.catalogue import RecordKind
from app.core.upserts import insert_into
from app.models import RecordCounter

_COUNTER = cast(Table, RecordCounter.__table__)
# Beside the session's objects, which know nothing of counters: it is done for every record.
_ONE_MORE = (
    update(_COUNTER)
    .where(_COUNTER.c.space_id == bindparam("of_space"), _COUNTER.c.kind == bindparam("of_kind"))
    .values(last=_COUNTER.c.last + 1)
    .returning(_COUNTER.c.last)
)


def next_own_id(session: Session, space_id: str, kind: RecordKind) -> str:
    """The id of a new record: `4711`, `job_20418` or a UUID."""
    if kind.id == "uuid":
        return str(uuid.uuid4())
    number = next_number(session, space_id, kind.key)
    return str(number) if kind.id in ("number", "text") else f"{kind.id}{number}"


def next_number(session: Session, space_id: str, kind: str) -> int:
    """The next number of a kind; its row stays locked until the end of the transaction."""
    number = _one_more(session, space_id, kind)
    while number is None:
        _begin(session, space_id, kind)
        number = _one_more(session, space_id, kind)
    return number


def _one_more(session: Session, space_id: str, kind: str) -> int | None:
    """The next number; None if nothing of this kind was counted yet."""
    return session.connection().scalar(_ONE_MORE, {"of_space": space_id, "of_kind": kind})


def _begin(session: Session, space_id: str, kind: str) -> None:
    counter = insert_into(session, RecordCounter).values(space_id=space_id, kind=kind, last=0)
    session.execute(counter.on_conflict_do_nothing())
