"""Migrated, empty databases for tests: made once per run, then copied."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from app import create_app, schema_version
from app.extensions import db
from tests.machine.postgres import Cluster, shared_cluster
from tests.machine.run_folder import locked, run_folder
from tests.machine.settings import settings_for

TEMPLATE = "hookdesk_template"


def migrate(database_url: str, folder: Path) -> None:
    """Bring a database to the newest version, as `flask db upgrade` does."""
    app = create_app(settings_for(folder, DATABASE_URL=database_url))
    with app.app_context():
        schema_version.bring_to_newest()
        db.session.remove()
        db.engine.dispose()


def new_sqlite(folder: Path) -> str:
    """The DATABASE_URL of a new SQLite file in that folder."""
    template = run_folder() / "template.db"
    with locked("sqlite"):
        if not template.exists():
            _make_sqlite(template)
    copy = folder / "hookdesk.db"
    shutil.copyfile(template, copy)
    return f"sqlite:///{copy}"


def new_postgresql() -> tuple[Cluster, str]:
    """A new database in the shared cluster: the cluster and the database's name. The caller drops it."""
    cluster = shared_cluster()
    with locked("postgresql-template"):
        if not cluster.has(TEMPLATE):
            blank = cluster.create()
            migrate(cluster.url(blank), run_folder() / "template")
            cluster.rename(blank, TEMPLATE)
    return cluster, cluster.create(TEMPLATE)


def _make_sqlite(template: Path) -> None:
    blank = template.with_suffix(".new")
    migrate(f"sqlite:///{blank}", run_folder() / "template")
    with sqlite3.connect(blank) as connection:  # into one file that can be copied
        connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()
    blank.rename(template)
