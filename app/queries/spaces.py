"""Whose rows these are, and whether anything happens there by itself."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from app.models import Space


def belongs_to(column: InstrumentedAttribute[str], owner_id: str) -> ColumnElement[bool]:
    """The condition that rows found by something better are this space's or webhook's: checked, never searched by.

    A planner without good statistics takes a space for the best of several conditions and then reads all of
    its rows (SQLite without ANALYZE always; PostgreSQL for a new space). An expression has no index.
    """
    return (column + "") == owner_id


def in_use(space_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """The condition that the space was not archived: in one that was, nothing begins by itself.

    What it had accepted is still sent, counted, and removed in time.
    """
    return select(Space.id).where(Space.id == space_id, Space.archived_at.is_(None)).exists()
