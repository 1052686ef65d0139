"""Entries of a space, newest first, by key: a page costs the same however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from app.core.times import ms_of
from app.models import Change


@dataclass(frozen=True, slots=True)
class AuditFilters:
    """What to look for. `actor`: an id or a name; `subject`: an id; `subject_kind`, `actions`: stable words.

    `since` is within, `until` is not.
    """

    since: datetime | None = None
    until: datetime | None = None
    actor: str | None = None
    subject: str | None = None
    subject_kind: str | None = None
    actions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of entries; `next_id` is where the page of older ones begins, None on the last."""

    changes: Sequence[Change]
    next_id: str | None


def entries(
    session: Session, space_id: str, filters: AuditFilters, before: str | None, limit: int
) -> AuditPage:
    """Entries that fit and are older than the one whose id is `before`."""
    query = _filtered(select(Change).where(Change.space_id == space_id), filters)
    if before:
        query = query.where(Change.id < before)
    found = session.scalars(query.order_by(Change.id.desc()).limit(limit + 1)).all()
    return AuditPage(found[:limit], found[limit - 1].id if len(found) > limit else None)


def _filtered(query: Select[Any], filters: AuditFilters) -> Select[Any]:
    if filters.since:
        query = query.where(Change.id >= _first_id_at(filters.since))
    if filters.until:
        query = query.where(Change.id < _first_id_at(filters.until))
    if filters.actor:
        query = query.where(or_(Change.actor_id == filters.actor, Change.actor_name == filters.actor))
    if filters.subject:
        query = query.where(Change.subject_id == filters.subject)
    if filters.subject_kind:
        query = query.where(Change.subject_kind == filters.subject_kind)
    if filters.actions:
        query = query.where(Change.kind.in_(list(filters.actions)))
    return query


def _first_id_at(moment: datetime) -> str:
    """The lowest id of a moment: ids begin with their time, so a time is a range of ids."""
    return f"chg_{max(0, min(ms_of(moment), 2**48 - 1)):012x}"
