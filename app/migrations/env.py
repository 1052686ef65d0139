"""Alembic's way into the program: the database of the running Flask app, the models' metadata."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from sqlalchemy import Connection

from app.core.extensions import db
from app.models import Base


def run() -> None:
    """Migrate the database that the app is set to use, in one transaction per migration."""
    with db.engine.connect() as connection, _rows_may_point_nowhere(connection):
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


@contextmanager
def _rows_may_point_nowhere(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew; meanwhile the rows that point to it point nowhere.

    The way that https://www.sqlite.org/lang_altertable.html gives. It cannot be told within a transaction.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    sqlite = connection.connection.dbapi_connection
    sqlite.execute("pragma foreign_keys = off")  # type: ignore[union-attr]
    try:
        yield
    finally:
        sqlite.execute("pragma foreign_keys = on")  # type: ignore[union-attr]


run()
