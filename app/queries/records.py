"""Records of a kind, page by page: newest, last changed or by name; searched and filtered. And what belongs together.

Pages go by key over an index that begins with space and kind, so that they cost the same however many records there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, defer

from app.core.extensions import db
from app.core.times import from_ms, ms_of
from app.models import Record, RecordAuthor, RecordCounter, RecordLink

NEWEST, CHANGED, NAME = "newest", "changed", "name"
SORTS = (NEWEST, CHANGED, NAME)
PAGE = 25
RELATED = 50
BOARD = 20


class BadCursor(ValueError):
    """A cursor that we did not make."""


@dataclass(frozen=True, slots=True)
class RecordFilters:
    """What to look for. `q`: a part of name, number or address; `owner`: a number as text; `stage`: its key."""

    q: str = ""
    stage: str | None = None
    owner: str | None = None
    sort: str = NEWEST


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One page; `next_cursor` None on the last."""

    records: Sequence[Record]
    next_cursor: str | None


def page_of_records(
    space_id: str, kind: str, filters: RecordFilters, cursor: str | None = None, limit: int = PAGE
) -> RecordPage:
    """The records that fit, after the cursor. One query. Raises `BadCursor`."""
    query = _filtered(_live(space_id, kind), filters)
    if cursor:
        query = query.where(_after(filters.sort, cursor))
    found = db.session.scalars(_ordered(query, filters.sort).limit(limit + 1)).all()
    more = len(found) > limit
    return RecordPage(found[:limit], _cursor(filters.sort, found[limit - 1]) if more else None)


def board_of_records(space_id: str, kind: str, stages: Sequence[str | None]) -> dict[str | None, Sequence[Record]]:
    """The newest records of each stage, at most `BOARD` and one more, which tells that there are others."""
    return {stage: db.session.scalars(_at_stage(space_id, kind, stage)).all() for stage in stages}


def related_records(record: Record) -> tuple[Sequence[Record], Sequence[Record]]:
    """The records that this one names, and those that name it: the newest of each. Two queries."""
    named = (
        select(Record)
        .join(RecordLink, and_(RecordLink.to_kind == Record.kind, RecordLink.to_id == Record.own_id))
        .where(RecordLink.from_id == record.id, Record.space_id == record.space_id, Record.deleted_at.is_(None))
    )
    naming = (
        select(Record)
        .join(RecordLink, RecordLink.from_id == Record.id)
        .where(
            RecordLink.space_id == record.space_id,
            RecordLink.to_kind == record.kind,
            RecordLink.to_id == record.own_id,
            Record.deleted_at.is_(None),
        )
        .order_by(RecordLink.from_id.desc())
    )
    return (
        db.session.scalars(named.limit(RELATED)).all(),
        db.session.scalars(naming.limit(RELATED)).all(),
    )


def kinds_in_use(space_id: str) -> dict[str, int]:
    """How many records of each kind were ever counted. Kinds with UUIDs are not counted and left out."""
    rows = db.session.execute(
        select(RecordCounter.kind, RecordCounter.last).where(RecordCounter.space_id == space_id)
    )
    return {kind: last for kind, last in rows}


def authors_of(space_id: str, numbers: Sequence[int]) -> Mapping[int, str]:
    """What those are called who have these numbers."""
    rows = db.session.execute(
        select(RecordAuthor.number, RecordAuthor.name).where(
            RecordAuthor.space_id == space_id, RecordAuthor.number.in_(numbers)
        )
    )
    return {number: name for number, name in rows}


def labels_by_id(space_id: str, kind: str, own_ids: Sequence[str]) -> Mapping[str, str]:
    """What the records of these ids are called."""
    rows = db.session.execute(
        select(Record.own_id, Record.label).where(
            Record.space_id == space_id, Record.kind == kind, Record.own_id.in_(own_ids)
        )
    )
    return {own_id: label for own_id, label in rows}


def _live(space_id: str, kind: str) -> Select[tuple[Record]]:
    return select(Record).where(
        Record.space_id == space_id, Record.kind == kind, Record.deleted_at.is_(None)
    )


def _at_stage(space_id: str, kind: str, stage: str | None) -> Select[tuple[Record]]:
    at = Record.stage.is_(None) if stage is None else Record.stage == stage
    query = _live(space_id, kind).where(at).order_by(Record.stage.desc(), Record.id.desc())
    return query.limit(BOARD + 1).options(defer(Record.search_text))


def _filtered(query: Select[tuple[Record]], filters: RecordFilters) -> Select[tuple[Record]]:
    for word in filters.q.replace("\0", "").casefold().split()[:5]:
        query = query.where(Record.search_text.contains(word, autoescape=True))
    if filters.stage is not None:
        query = query.where(Record.stage == filters.stage)
    if filters.owner is not None:
        query = query.where(Record.owner == filters.owner)
    return query


def _ordered(query: Select[tuple[Record]], sort: str) -> Select[tuple[Record]]:
    if sort == NAME:
        return query.order_by(Record.sort_name, Record.id)
    if sort == CHANGED:
        return query.order_by(Record.updated_at.desc(), Record.id.desc())
    return query.order_by(Record.id.desc())


def _cursor(sort: str, last: Record) -> str:
    key = {NAME: last.sort_name, CHANGED: str(ms_of(last.updated_at))}.get(sort, "")
    return f"{last.id}~{key}"


def _after(sort: str, cursor: str) -> ColumnElement[bool]:
    id, _tilde, key = cursor.partition("~")
    if not id.startswith("rec_") or "\0" in cursor:
        raise BadCursor(cursor)
    if sort == NAME:
        return tuple_(Record.sort_name, Record.id) > (key, id)
    if sort == CHANGED:
        if not key.isascii() or not key.isdigit() or len(key) > 15:
            raise BadCursor(cursor)
        return tuple_(Record.updated_at, Record.id) < (from_ms(int(key)), id)
    return Record.id < id
