"""Alembic's way into the program: the database of the running Flask app, the models' metadata."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from sqlalchemy import Connection

from app.core.extensions import db
from app.migrations.modelled import is_modelled
from app.models import Base


def run() -> None:
    """Migrate the database that the app is set to use, in one transaction per migration."""
    with db.engine.connect() as connection, _tables_may_be_made_anew(connection):
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            include_object=is_modelled,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


@contextmanager
def _tables_may_be_made_anew(connection: Connection) -> Iterator[None]:
    """SQLite changes a column by making its table anew, which foreign keys of other tables forbid while rows refer
    to it. They are off meanwhile (sqlite.org/lang_altertable.html, section 7), and looked at in the end.

    Past SQLAlchemy, because within a transaction the pragma does nothing.
    """
    raw = connection.connection.dbapi_connection
    if not isinstance(raw, sqlite3.Connection):
        yield
        return
    raw.execute("pragma foreign_keys = off")
    try:
        yield
        lost = {row[0] for row in raw.execute("pragma foreign_key_check")}
        if lost:
            raise RuntimeError(f"Rows of {', '.join(sorted(lost))} refer to rows that are not there.")
    finally:
        raw.execute("pragma foreign_keys = on")


run()
