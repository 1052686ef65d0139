"""`make run`: how the whole program starts, goes on and stops."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.machine import processes
from tests.machine.ports import free_port
from tests.machine.processes import Process
from tests.machine.settings import settings_for

MakeProgram = Callable[..., Process]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An instance folder whose name is hard on scripts."""
    return tmp_path / 'data of "mine" & others'


@pytest.fixture
def new_program(folder: Path, tmp_path: Path) -> Iterator[MakeProgram]:
    """Makes programs with that instance folder; what they leave behind is ended."""
    made: list[Process] = []

    def make(**changes: str) -> Process:
        settings = settings_for(folder, **{"PORT": str(free_port()), **changes})
        made.append(processes.program(settings, tmp_path / f"log{len(made)}"))
        return made[-1]

    yield make
    for program in made:
        if program.started:
            program.kill()


@pytest.fixture
def a_running_program(new_program: MakeProgram) -> Process:
    """One that has said that it runs."""
    program = new_program()
    program.start()
    program.wait_for("^Hookdesk is running")
    return program


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until it holds; fail if it does not."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.05)


def none_lives(family: list[psutil.Process]) -> bool:
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in family)


def test_it_says_where_it_runs_and_answers_there(running):
    assert f"Hookdesk is running at {running.url}\n" in running.process.output()
    assert running.process.is_healthy()


def test_it_has_redis_web_and_worker(running):
    for words in ("redis-server", "granian", "workers --schedule", "workers --maintenance"):
        assert running.process.find(words).is_running()


def test_redis_needs_a_password(running, redis_of):
    with redis_of(running.process) as client:
        port = client.connection_pool.connection_kwargs["port"]
    with (
        redis.Redis(port=port, retry=Retry(NoBackoff(), 0)) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_the_same_folder_twice_is_refused(running, new_program):
    second = new_program(INSTANCE_DIR=running.settings["INSTANCE_DIR"])
    second.start()
    assert second.wait() != 0
    assert one_sentence(second).startswith(
        f"Hookdesk already runs in this folder (process {running.process.pid})"
    )
    assert running.process.is_healthy()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_all_of_it(a_running_program, number):
    family = a_running_program.family()
    assert len(family) >= 4
    assert a_running_program.stop(number) == 0
    assert none_lives(family)
    assert "Traceback" not in a_running_program.output()


def test_two_signals_are_one(a_running_program):
    os.kill(a_running_program.pid, signal.SIGTERM)
    assert a_running_program.terminate() == 0


def test_started_again_it_finds_its_data(new_program, redis_of, folder):
    first = new_program()
    first.start()
    first.wait_for("^Hookdesk is running")
    with redis_of(first) as client:
        client.set("kept", "yes")
    assert first.terminate() == 0
    password = re.search(r"(?i)password:?\s+(\S+)", first.output())
    assert password is not None
    before = people(folder)
    second = new_program()
    second.start()
    second.wait_for("^Hookdesk is running")
    assert people(folder) == before
    assert password.group(1) not in second.output()
    with redis_of(second) as client:
        assert client.get("kept") == b"yes"


def people(folder: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "hookdesk.db") as connection:
        found = connection.execute("SELECT id, email FROM person").fetchall()
    connection.close()
    return found


def test_unreadable_redis_data_is_put_aside(new_program, folder):
    (folder / "redis" / "appendonlydir").mkdir(parents=True)
    (folder / "redis" / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")
    (folder / "redis" / "appendonly.aof").write_text("nonsense\n")
    program = new_program()
    program.start()
    program.wait_for("^Redis could not read its data")
    program.wait_for("^Hookdesk is running")


@pytest.fixture
def redis_of() -> Callable[[Process], object]:
    """A connection to a program's private Redis."""

    def connect(program: Process) -> redis.Redis:
        url = program.find("workers --schedule").environ()["REDIS_URL"]
        return redis.Redis.from_url(url, socket_timeout=5)

    return connect


def test_a_set_redis_is_used(new_program, redis_server):
    program = new_program(REDIS_URL=redis_server.url)
    program.start()
    program.wait_for("^Hookdesk is running")
    with pytest.raises(LookupError):
        program.find("redis-server")
    assert program.terminate() == 0
    with redis_server.client() as client:
        assert client.ping()


def test_children_that_die_come_back(a_running_program):
    names = ("workers --schedule", "workers --maintenance", "granian", "redis-server")
    old = {words: a_running_program.find(words) for words in names}
    for process in old.values():
        process.kill()
    for words in names:
        wait_until(lambda words=words: came_back(a_running_program, words, old[words]))
    a_running_program.wait_for_health()
    assert a_running_program.output().count("it starts again in") >= 3
    assert a_running_program.terminate() == 0


def came_back(program: Process, words: str, old: psutil.Process) -> bool:
    try:
        return program.find(words) != old
    except (LookupError, psutil.NoSuchProcess):
        return False


def test_killed_itself_it_leaves_nobody_behind(a_running_program):
    family = a_running_program.family()
    os.kill(a_running_program.pid, signal.SIGKILL)
    wait_until(lambda: none_lives(family))


def test_a_port_in_use_is_said_before_anything_starts(new_program, folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        program = new_program(PORT=str(taken.getsockname()[1]))
        program.start()
        assert program.wait() != 0
    assert one_sentence(program).startswith(f"Port {taken_port(program)} is in use")
    assert not (folder / "redis").exists()


def taken_port(program: Process) -> str:
    return program.settings["PORT"]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL"),
        ({"DATABASE_URL": "mysql://root@localhost/x"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:////nowhere/at/all.db"}, "database"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}, "database"),
        ({"RETENTION_DAYS": "many"}, "RETENTION_DAYS"),
        ({"PORT": "eighty"}, "PORT"),
        ({"HOST": "no.such.host.invalid"}, "HOST"),
    ],
)
def test_a_wrong_setting_is_one_sentence(new_program, changes, word):
    program = new_program(**changes)
    program.start()
    assert program.wait() != 0
    sentence = one_sentence(program)
    assert word.lower() in sentence.lower()


def one_sentence(program: Process) -> str:
    """The one line it printed."""
    (line,) = [line for line in program.output().splitlines() if line.strip()]
    assert line.endswith(".")
    return line
