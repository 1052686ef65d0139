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
_MORE = (
    update(_COUNTER)
    .where(_COUNTER.c.space_id == bindparam("of_space"), _COUNTER.c.kind == bindparam("of_kind"))
    .values(last=_COUNTER.c.last + bindparam("how_many"))
    .returning(_COUNTER.c.last)
)


def next_own_ids(session: Session, space_id: str, kind: RecordKind, count: int) -> list[str]:
    """The ids of that many new records of a kind: `4711`, `job_20418` or UUIDs."""
    if kind.id == "uuid":
        return [str(uuid.uuid4()) for _ in range(count)]
    last = _last_number(session, space_id, kind.key, count)
    prefix = "" if kind.id in ("number", "text") else kind.id
    return [f"{prefix}{number}" for number in range(last - count + 1, last + 1)]


def next_number(session: Session, space_id: str, kind: str) -> int:
    """The next number of a kind; its row stays locked until the end of the transaction."""
    return _last_number(session, space_id, kind, 1)


def _last_number(session: Session, space_id: str, kind: str, count: int) -> int:
    """The last of so many numbers that were not given before."""
    number = _more(session, space_id, kind, count)
    while number is None:
        _begin(session, space_id, kind)
        number = _more(session, space_id, kind, count)
    return number


def _more(session: Session, space_id: str, kind: str, count: int) -> int | None:
    """The last of the next numbers; None if nothing of this kind was counted yet."""
    named = {"of_space": space_id, "of_kind": kind, "how_many": count}
    return session.connection().scalar(_MORE, named)


def _begin(session: Session, space_id: str, kind: str) -> None:
    counter = insert_into(session, RecordCounter).values(space_id=space_id, kind=kind, last=0)
    session.execute(counter.on_conflict_do_nothing())
