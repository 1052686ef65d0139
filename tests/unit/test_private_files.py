"""Files of the instance are closed to others, also those that an earlier version left open (R22)."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from app import create_app
from app.core.extensions import db
from app.core.settings import SettingsError
from tests.machine.settings import settings_for


@pytest.fixture(autouse=True)
def _usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def open_files(folder: Path) -> dict[str, str]:
    """What others may read in a folder, with its mode."""
    paths = [folder, *folder.rglob("*")]
    return {str(path): oct(mode(path)) for path in paths if not path.is_symlink() and mode(path) & 0o077}


def write_something(app) -> None:
    with app.app_context():
        db.session.execute(db.text("create table thing (n integer)"))
        db.session.execute(db.text("insert into thing values (1)"))
        db.session.commit()
        db.session.execute(db.text("select * from thing"))


def test_a_new_instance_is_closed_with_its_database_and_keys(tmp_path):
    instance = tmp_path / "instance"
    write_something(create_app(settings_for(instance)))
    names = {path.name for path in instance.iterdir()}
    assert {"hookdesk.db", "hookdesk.db-wal", "hookdesk.db-shm"} <= names
    assert open_files(instance) == {}


def test_an_instance_of_an_earlier_version_is_closed_when_it_starts(tmp_path):
    instance = tmp_path / "instance"
    (instance / "redis" / "appendonlydir").mkdir(parents=True)
    for name in (
        "secret_key",
        "run.lock",
        "redis/redis.log",
        "redis/appendonlydir/appendonly.aof.1.incr.aof",
    ):
        (instance / name).write_text("left open by an earlier version")
    old = sqlite3.connect(instance / "hookdesk.db")
    old.execute("pragma journal_mode = wal")
    old.execute("create table kept (n integer)")
    old.commit()
    assert mode(instance / "hookdesk.db-wal") == 0o644
    create_app(settings_for(instance))
    assert open_files(instance) == {}


def test_a_database_elsewhere_is_closed_too(tmp_path):
    elsewhere = tmp_path / "elsewhere" / "desk.db"
    elsewhere.parent.mkdir()
    write_something(create_app(settings_for(tmp_path / "instance", DATABASE_URL=f"sqlite:///{elsewhere}")))
    assert [mode(path) for path in elsewhere.parent.iterdir()] == [0o600] * 3
    assert mode(elsewhere.parent) == 0o755  # a folder that is not ours stays as it is


def test_what_a_link_leads_to_is_left_alone(tmp_path):
    target = tmp_path / "somebody elses"
    target.write_text("")
    instance = tmp_path / "instance"
    instance.mkdir()
    (instance / "link").symlink_to(target)
    create_app(settings_for(instance))
    assert mode(target) == 0o644


def test_a_folder_that_everybody_shares_is_refused_in_a_sentence(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    with pytest.raises(SettingsError, match="must be a folder of Hookdesk's own"):
        create_app(settings_for(shared))
    assert mode(shared) == 0o777
