"""INSERT with ON CONFLICT, which both databases have and SQLAlchemy's own insert() has not."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def insert_into(session: Session, model: type[Any]) -> sqlite.Insert | postgresql.Insert:
    """An insert into the table of `model` that takes `.on_conflict_do_nothing()` and `.on_conflict_do_update()`."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(model)
