"""Files of the instance are for the user that runs the program, and for nobody else (security.md)."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from sqlalchemy.engine import make_url

PRIVATE_FILE, PRIVATE_FOLDER, PRIVATE_UMASK = 0o600, 0o700, 0o077


def keep_private(folder: Path, database_url: str) -> None:
    """Close a folder and all in it to others, also what an earlier version left open; and what is written from now on.

    An SQLite database is made here if it is missing, because SQLite gives `-wal` and `-shm` the mode of the
    database. Raises `ValueError` for a folder that is shared by its nature, such as /tmp.
    """
    if folder.stat().st_mode & stat.S_ISVTX:
        raise ValueError(f"INSTANCE_DIR must be a folder of Hookdesk's own: {folder} is shared by everybody.")
    os.umask(PRIVATE_UMASK)
    _close(folder, PRIVATE_FOLDER)
    for parent, folders, files in os.walk(folder):  # it does not follow links
        for name in folders:
            _close(Path(parent, name), PRIVATE_FOLDER)
        for name in files:
            _close(Path(parent, name), PRIVATE_FILE)
    if database := _sqlite_file(database_url):
        _close_database(database)


def _close_database(database: Path) -> None:
    with suppress(
        OSError
    ):  # a folder that is missing or not ours: opening the database says so in a sentence
        database.touch(PRIVATE_FILE)
    for suffix in ("", "-wal", "-shm", "-journal"):
        _close(database.with_name(database.name + suffix), PRIVATE_FILE)


def _close(path: Path, mode: int) -> None:
    """Set the mode. A file may have gone meanwhile, or belong to somebody else; links are left alone."""
    with suppress(OSError):
        if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) != mode:
            path.chmod(mode)


def _sqlite_file(database_url: str) -> Path | None:
    url = make_url(database_url)
    named = url.get_backend_name() == "sqlite" and url.database
    return (
        None if not named or url.database == ":memory:" or url.query.get("uri") else Path(str(url.database))
    )
