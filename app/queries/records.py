"""Records of a kind, page by page: newest, last changed or by name, searched and filtered; what belongs together.

Pages go by key over an index that begins with space and kind: they cost the same however many records there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_
from sqlalchemy.orm import defer

from app.core.errors import NotFound
from app.core.extensions import db
from app.core.paging import BadCursor
from app.core.times import from_ms, ms_of
from app.models import Membership, Person, Record, RecordAuthor, RecordImport, RecordLink

NEWEST, CHANGED, NAME = "newest", "changed", "name"
SORTS = (NEWEST, CHANGED, NAME)
PAGE = 25
RELATED = 50
BOARD = 20
MEMBERS = 500
CHOICES = 200
# So many records are put in order by themselves; of more the first ones are found along the order's index.
FEW = 500


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
    """The records that fit, after the cursor. A query, and one more for each filter that few may fit.

    Raises `BadCursor`.
    """
    query = _filtered(_live(space_id, kind), filters)
    few = _ids_of_few(space_id, kind, filters)
    if few is not None:
        query = query.where(Record.id.in_(few))
    if few == []:
        return RecordPage([], None)
    if cursor:
        query = query.where(_after(filters.sort, cursor))
    found = db.session.scalars(_ordered(query, filters.sort).limit(limit + 1)).all()
    more = len(found) > limit
    return RecordPage(found[:limit], _cursor(filters.sort, found[limit - 1]) if more else None)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the space; `number`: by which records name them, None if none has yet."""

    person_id: str
    name: str
    email: str
    number: int | None


def members_of(space_id: str) -> list[Member]:
    """The people of a space by name, at most `MEMBERS`. One query."""
    author = and_(RecordAuthor.space_id == Membership.space_id, RecordAuthor.actor_id == Membership.person_id)
    rows = db.session.execute(
        select(Person.id, Person.name, Person.email, RecordAuthor.number)
        .join(Membership, Membership.person_id == Person.id)
        .outerjoin(RecordAuthor, author)
        .where(Membership.space_id == space_id)
        .order_by(Person.name, Person.email)
        .limit(MEMBERS)
    )
    return [Member(id, name or email, email, number) for id, name, email, number in rows]


def record_of(space_id: str, kind: str, own_id: str) -> Record:
    """A record, deleted or not. Raises `NotFound`."""
    found = db.session.scalar(
        select(Record).where(
            Record.space_id == space_id, Record.kind == kind, Record.own_id == own_id.replace("\0", "")
        )
    )
    if found is None:
        raise NotFound
    return found


def choices_of(space_id: str, kind: str) -> list[tuple[str, str]]:
    """(own id, name) of the records of a kind that others choose from, by name, at most `CHOICES`."""
    rows = db.session.execute(
        select(Record.own_id, Record.label)
        .where(Record.space_id == space_id, Record.kind == kind, Record.deleted_at.is_(None))
        .order_by(Record.sort_name, Record.id)
        .limit(CHOICES)
    )
    return [(own_id, label) for own_id, label in rows]


def board_of_records(
    space_id: str, kind: str, stages: Sequence[str | None]
) -> dict[str | None, Sequence[Record]]:
    """The newest records of each stage, at most `BOARD` and one more, which tells that there are others."""
    return {stage: db.session.scalars(_at_stage(space_id, kind, stage)).all() for stage in stages}


def related_records(record: Record) -> tuple[Sequence[Record], Sequence[Record]]:
    """The records that this one names, and those that name it: the newest of each. Three queries."""
    # By themselves first: SQLite, which knows no sizes, would join them from the side of all records.
    links = db.session.execute(
        select(RecordLink.to_kind, RecordLink.to_id).where(RecordLink.from_id == record.id).limit(RELATED)
    )
    named = select(Record).where(
        Record.space_id == record.space_id,
        tuple_(Record.kind, Record.own_id).in_([tuple(link) for link in links]),
        Record.deleted_at.is_(None),
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


def authors_of(space_id: str, numbers: Sequence[int]) -> Mapping[int, str]:
    """What those are called who have these numbers."""
    rows = db.session.execute(
        select(RecordAuthor.number, RecordAuthor.name).where(
            RecordAuthor.space_id == space_id, RecordAuthor.number.in_(numbers)
        )
    )
    return dict(rows.all())


def labels_by_id(space_id: str, kind: str, own_ids: Sequence[str]) -> Mapping[str, str]:
    """What the records of these ids are called."""
    rows = db.session.execute(
        select(Record.own_id, Record.label).where(
            Record.space_id == space_id, Record.kind == kind, Record.own_id.in_(own_ids)
        )
    )
    return dict(rows.all())


def import_of(space_id: str, import_id: str) -> RecordImport:
    """An import of a space. Raises `NotFound`."""
    found = db.session.get(RecordImport, import_id.replace("\0", ""))
    if found is None or found.space_id != space_id:
        raise NotFound
    return found


def imports_of(space_id: str, kind: str) -> Sequence[RecordImport]:
    """The newest imports of a kind, without their files."""
    query = select(RecordImport).where(RecordImport.space_id == space_id, RecordImport.kind == kind)
    newest = query.order_by(RecordImport.id.desc()).limit(PAGE)
    return db.session.scalars(newest.options(defer(RecordImport.file), defer(RecordImport.faults))).all()


def _live(space_id: str, kind: str) -> Select[Record]:
    return select(Record).where(Record.space_id == space_id, Record.kind == kind, Record.deleted_at.is_(None))


def _at_stage(space_id: str, kind: str, stage: str | None) -> Select[Record]:
    at = Record.stage.is_(None) if stage is None else Record.stage == stage
    query = _live(space_id, kind).where(at).order_by(Record.stage.desc(), Record.id.desc())
    return query.limit(BOARD + 1).options(defer(Record.search_text))


def _ids_of_few(space_id: str, kind: str, filters: RecordFilters) -> Sequence[str] | None:
    """The records that fit one of the filters, if they are few: then nobody walks past all others to find them.

    Each of these looks reads an index alone. None: there are many, and the first of them are soon found.
    """
    if filters.sort == NEWEST and not filters.q.strip():
        return None  # the indexes of stage and owner have this order
    for one in (
        RecordFilters(owner=filters.owner),
        RecordFilters(stage=filters.stage),
        RecordFilters(filters.q),
    ):
        if not (conditions := _conditions(one)):
            continue
        ids = _live(space_id, kind).with_only_columns(Record.id).where(*conditions)
        found = db.session.scalars(ids.order_by(Record.id.desc()).limit(FEW + 1)).all()
        if len(found) <= FEW:
            return found
    return None


def _filtered(query: Select[Record], filters: RecordFilters) -> Select[Record]:
    return query.where(*_conditions(filters))


def _conditions(filters: RecordFilters) -> list[ColumnElement[bool]]:
    # Not LIKE: PostgreSQL takes twice as long for it, and expects so few that it reads the whole table.
    place = func.strpos if db.session.get_bind().dialect.name == "postgresql" else func.instr
    words = filters.q.replace("\0", "").casefold().split()[:5]
    conditions = [place(Record.search_text, word) > 0 for word in words]
    if filters.stage is not None:
        conditions.append(Record.stage == filters.stage)
    if filters.owner is not None:
        conditions.append(Record.owner == filters.owner)
    return conditions


def _ordered(query: Select[Record], sort: str) -> Select[Record]:
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
