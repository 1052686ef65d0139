"""Which migration the database has, which is the newest, and the way from one to the other.

Alembic is imported where it is used and not before: web server and workers start a third of a second sooner.
"""

from __future__ import annotations

from functools import cache

from flask import Flask, current_app
from sqlalchemy import Connection, inspect, text

from app.core.extensions import db
from app.core.settings import ROOT

FOLDER = ROOT / "app" / "migrations"


def bind_migrations(app: Flask) -> None:
    """Let `flask db ...` and `bring_to_newest` find the app's database."""
    from flask_migrate import Migrate  # noqa: PLC0415 (see above)

    Migrate(app, db, directory=str(FOLDER), render_as_batch=True)


def present(connection: Connection) -> str | None:
    """The newest migration that the database has; None if it has none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(text("select version_num from alembic_version"))


@cache
def newest() -> str:
    """The newest migration there is: their files begin with their numbers, and each follows the one before."""
    return max(path.name.split("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))


def bring_to_newest() -> None:
    """Apply the migrations that the database lacks. Needs an app context."""
    from flask_migrate import upgrade  # noqa: PLC0415 (see above)

    bind_migrations(current_app._get_current_object())  # type: ignore[attr-defined]
    upgrade(directory=str(FOLDER))
