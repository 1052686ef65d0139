"""The disk is full: what cannot be written waits or is sent again, and nothing is lost.

For SQLite the worker's files may not grow any more (RLIMIT_FSIZE, no rights needed). For PostgreSQL the
tables lie on a small tmpfs of their own, which only root can mount: so that one runs by `make test-faults`.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from app.core.extensions import db
from tests.machine.databases import migrate
from tests.machine.postgres import Cluster
from tests.machine.processes import Process
from tests.machine.receiver import Answer

SMALL_DISK = 64 * 1024 * 1024


def _limit_files(process: Process, size: int) -> None:
    """No file that this process writes may grow beyond `size` from now on."""
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.mark.databases("sqlite")
def test_sqlite_cannot_grow(installation, new_worker, receiver):
    receiver.always(Answer(200, delay_s=0.2))
    installation.add_webhook(max_in_flight=50)
    worker = new_worker()
    installation.publish(1)
    receiver.wait_for(1)
    installation.wait_until_done()
    installation.publish(60)
    _limit_files(worker, 4096)
    time.sleep(2)
    assert worker.exit_code is None
    assert "disk" in worker.output(), worker.output()
    _limit_files(worker, resource.RLIM_INFINITY)
    installation.publish(20)
    installation.let_leases_end()
    installation.wait_until_done()
    installation.assert_promises()
    assert worker.exit_code is None


class SmallDisk:
    """A tmpfs of 64 MB that can be filled up and emptied."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK},mode=0777", "tmpfs", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"A small disk can be made by root only: {done.stderr}")
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Not a byte more."""
        for size in (65536, 1):
            with self._filler.open("ab") as file:
                _write_until_full(file.fileno(), bytes(size))

    def free(self) -> None:
        """There is room again."""
        self._filler.unlink()

    def remove(self) -> None:
        """Unmount it."""
        subprocess.run(["umount", "-l", str(self.folder)], check=True)


def _write_until_full(file: int, piece: bytes) -> None:
    # "No space left on device"; `test_tables_cannot_grow` sees that it was so.
    with contextlib.suppress(OSError):
        while True:
            os.write(file, piece)


@pytest.fixture
def small_disk(own_postgres: Cluster) -> Iterator[SmallDisk]:
    """A small disk that PostgreSQL may enter."""
    disk = SmallDisk(own_postgres.folder / "small")
    yield disk
    own_postgres.stop()
    disk.remove()


@pytest.fixture
def on_small_disk(own_postgres: Cluster, small_disk: SmallDisk, tmp_path: Path) -> str:
    """A database whose tables lie on the small disk; its log does not, as a full one stops PostgreSQL whole."""
    place = small_disk.folder / "tables"
    place.mkdir()
    if os.geteuid() == 0:
        shutil.chown(place, *_owner(own_postgres.folder / "data"))
    with psycopg.connect(own_postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"create tablespace small location '{place}'".encode())
        connection.execute("create database small tablespace small")
    migrate(own_postgres.url("small"), tmp_path / "migrating")
    return own_postgres.url("small")


def _owner(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_uid, found.st_gid


@pytest.mark.slow_faults
@pytest.mark.databases("postgresql")
class TestPostgresql:
    """Its tables lie on the small disk."""

    @pytest.fixture
    def database_url(self, on_small_disk: str) -> str:
        return on_small_disk

    def test_tables_cannot_grow(self, installation, new_worker, receiver, small_disk):
        receiver.always(Answer(200, body=b"x" * 20_000, delay_s=0.2))
        installation.add_webhook(max_in_flight=50)
        worker = new_worker()
        installation.publish(1)
        receiver.wait_for(1)
        installation.wait_until_done()
        small_disk.fill()
        refused = 0
        for _ in range(400):
            try:
                installation.publish(1)
            except OperationalError:
                refused += 1
                with installation.app.app_context():
                    db.session.rollback()
        time.sleep(2)
        said = worker.output()
        small_disk.free()
        installation.publish(20)
        installation.wait_until_done(90)
        installation.assert_promises()
        assert refused and "No space left" in said, said
        assert worker.exit_code is None
