"""Whose rows these are."""

from __future__ import annotations

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute


def belongs_to(column: InstrumentedAttribute[str], owner_id: str) -> ColumnElement[bool]:
    """The condition that rows found by something better are this space's or webhook's: checked, never searched by.

    A planner without good statistics takes a space for the best of several conditions and then reads all of
    its rows (SQLite without ANALYZE always; PostgreSQL for a new space). An expression has no index.
    """
    return (column + "") == owner_id
