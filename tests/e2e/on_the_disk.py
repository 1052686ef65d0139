"""What the running program keeps on the disk, as text."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.machine.running import Running


def database_of(running: Running) -> str:
    """Every row as SQL, and what the columns of bytes say.

    An index of words cannot be read as a table, so the tables that it is kept in are.
    """
    file = Path(running.settings["INSTANCE_DIR"]) / "hookdesk.db"
    with closing(sqlite3.connect(file)) as database, closing(sqlite3.connect(":memory:")) as copy:
        database.backup(copy)
        copy.execute("PRAGMA writable_schema = ON")
        copy.execute("DELETE FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'")
        dump = "\n".join(copy.iterdump())
    return dump + bytes.fromhex("".join(re.findall(r"X'([0-9A-F]*)'", dump))).decode("utf-8", "replace")


def kept_by(running: Running) -> Iterator[tuple[str, str]]:
    """The database, and the bytes of every file; by where."""
    yield "database dump", database_of(running)
    for path in Path(running.settings["INSTANCE_DIR"]).rglob("*"):
        if path.is_file():
            yield f"file {path.name}", path.read_bytes().decode("utf-8", "replace")
