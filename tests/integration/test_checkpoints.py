"""SQLite's log is copied back beside the engine: the database grows, and no commit waits for it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.core.database import tune_sqlite
from app.ledger.leases.checkpoints import EVERY, Checkpoints

ROW = b"x" * 1000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database."""
    path = tmp_path / "desk.db"
    with closing(sqlite3.connect(path)) as db:
        tune_sqlite(db)
        db.execute("create table filled (bytes blob)")
    return path


@pytest.fixture
def writer(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection whose commits copy nothing back themselves."""
    with closing(sqlite3.connect(path)) as db:
        tune_sqlite(db)
        db.execute("pragma wal_autocheckpoint = 0")
        yield db


def write(db: sqlite3.Connection, rows: int) -> None:
    """One commit."""
    db.execute("begin immediate")
    db.executemany("insert into filled values (?)", [(ROW,)] * rows)
    db.execute("commit")


def wait_until(path: Path, size: int) -> None:
    """Until the database itself, without its log, has that many bytes."""
    until = time.monotonic() + 20
    while path.stat().st_size < size:
        assert time.monotonic() < until, f"{path.stat().st_size} bytes"
        time.sleep(0.01)


def test_the_log_is_copied_back_once_enough_was_written(path, writer):
    with closing(Checkpoints(str(path))) as checkpoints:
        write(writer, 1000)
        checkpoints.note(EVERY - 1)
        time.sleep(0.3)
        assert path.stat().st_size < 100 * len(ROW)
        checkpoints.note(1)
        wait_until(path, 1000 * len(ROW))


def test_commits_do_not_wait_for_it_and_it_goes_on(path, writer):
    with closing(Checkpoints(str(path))) as checkpoints:
        for _ in range(5):
            writer.execute("begin immediate")
            checkpoints.note(EVERY)
            writer.executemany("insert into filled values (?)", [(ROW,)] * 200)
            writer.execute("commit")
        checkpoints.note(EVERY)
        wait_until(path, 1000 * len(ROW))
    assert writer.execute("select count(*) from filled").fetchone() == (1000,)
