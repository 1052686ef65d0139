"""One record or one kind, or `NotFound`."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.catalogue import RecordKind, Tool, load_kinds, load_tools
from app.core.errors import NotFound
from app.core.extensions import db
from app.models import Record


def kinds() -> Mapping[str, RecordKind]:
    """Every kind by its key, in the order of their tools."""
    return load_kinds()


def tools() -> Mapping[str, Tool]:
    """Every tool by its key: what rights are given for."""
    return load_tools()


def kind_named(key: str) -> RecordKind:
    """The kind of this key. Raises `NotFound`."""
    if key not in load_kinds():
        raise NotFound
    return load_kinds()[key]


def kind_at(tool: str, path: str) -> RecordKind:
    """The kind that stands at this path of a tool's incoming address: `crm`, `entities/lead`. Raises `NotFound`."""
    kinds = load_tools()[tool].kinds if tool in load_tools() else ()
    found = next((kind for kind in kinds if kind.path == path), None)
    if found is None:
        raise NotFound
    return found


def get(space_id: str, kind: str, id: str | int) -> Record:
    """A record that is not deleted. Raises `NotFound`."""
    return live_record(db.session(), space_id, kind_named(kind).key, id)


def live_record(session: Session, space_id: str, kind: str, id: str | int, lock: bool = False) -> Record:
    """A record that is not deleted; `lock`: until the end of the transaction. Raises `NotFound`."""
    return _one(session, _by_own_id(space_id, kind, id).where(Record.deleted_at.is_(None)), lock)


def deleted_record(session: Session, space_id: str, kind: str, id: str | int) -> Record:
    """A record that was deleted, locked. Raises `NotFound`."""
    return _one(session, _by_own_id(space_id, kind, id).where(Record.deleted_at.is_not(None)), lock=True)


def _by_own_id(space_id: str, kind: str, id: str | int) -> Select[Record]:
    # A name of PostgreSQL cannot hold NUL, so such an id is nobody's.
    own_id = str(id).replace("\0", "")
    return select(Record).where(Record.space_id == space_id, Record.kind == kind, Record.own_id == own_id)


def _one(session: Session, query: Select[Record], lock: bool) -> Record:
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found
