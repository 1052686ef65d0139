"""Migrated, empty databases for tests: made once per run, then copied, and PostgreSQL's used again."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from app import create_app
from app.core import schema_version
from app.core.extensions import db
from tests.machine.postgres import Cluster, shared_cluster
from tests.machine.run_folder import locked, run_folder
from tests.machine.settings import settings_for

TEMPLATE = "hookdesk_template"
# What tells that a test left more than rows: another version or table, column, constraint, trigger; large files.
SHAPE = """
    select (select string_agg(version_num, ',') from alembic_version),
           (select array[count(*), max(oid::bigint)] from pg_class where oid >= 16384),
           (select count(*) from pg_attribute where attrelid >= 16384 and not attisdropped),
           (select count(*) from pg_constraint where oid >= 16384),
           (select count(*) from pg_trigger where oid >= 16384),
           (select array_agg(setconfig) from pg_db_role_setting),
           pg_database_size(current_database()) > 12000000
"""
OTHERS = """
    select count(*) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
"""
EMPTY = """
    do $$ declare one record; begin
        set local session_replication_role = replica;  -- nobody asks for foreign keys
        for one in select oid::regclass as name from pg_class
            where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'alembic_version'
        loop execute format('delete from %s', one.name); end loop;
        perform setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
            from pg_sequences where last_value is not null;
    end $$
"""
Connection = psycopg.Connection[tuple[object, ...]]
Shape = tuple[object, ...]
_free: list[tuple[str, Shape]] = []


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


@contextmanager
def emptied_postgresql() -> Iterator[str]:
    """The DATABASE_URL of a database as new; afterwards it is emptied for the next test, or dropped.

    To make one takes ten times as long as to empty it. One that is still used, changed in shape or much larger
    than it was is dropped, so that no test finds more of another than numbers of pages.
    """
    cluster = shared_cluster()
    if _free:
        name, shape = _free.pop()
    else:
        _, name = new_postgresql()
        with psycopg.connect(cluster.url(name)) as connection:
            shape = _shape(connection)
    yield cluster.url(name)
    if _empty(cluster.url(name), shape):
        _free.append((name, shape))
    else:
        cluster.drop(name)


def _empty(url: str, shape: Shape) -> bool:
    """Remove all rows. False, and nothing done, if somebody still uses it or more than rows changed."""
    with psycopg.connect(url, autocommit=True) as connection:
        if not _is_left_alone(connection) or _shape(connection) != shape:
            return False
        connection.execute(EMPTY)
        return True


def _is_left_alone(connection: Connection) -> bool:
    """True once nobody else is connected. A connection that was closed lives on for a moment."""
    until = time.monotonic() + 0.5
    while connection.execute(OTHERS).fetchone() != (0,):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def _shape(connection: Connection) -> Shape:
    found = connection.execute(SHAPE).fetchone()
    if found is None:
        raise RuntimeError("PostgreSQL did not answer.")
    return found


def _make_sqlite(template: Path) -> None:
    blank = template.with_suffix(".new")
    migrate(f"sqlite:///{blank}", run_folder() / "template")
    with sqlite3.connect(blank) as connection:  # into one file that can be copied
        connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()
    blank.rename(template)
