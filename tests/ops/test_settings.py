"""What starting reads of the settings, and whether the port is free."""

from __future__ import annotations

import os
import socket

import pytest

from ops import settings as settings_module
from ops.settings import StartSettings, read_start_settings
from ops.trouble import Trouble
from ops.web import check_port, web_command
from tests.machine.ports import free_port


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A project root of the test's own, and an environment without our settings."""
    monkeypatch.setattr(settings_module, "ROOT", tmp_path)
    for name in ("HOST", "PORT", "BASE_URL", "REDIS_URL", "INSTANCE_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def some_settings(tmp_path, **changes: object) -> StartSettings:
    fields = {"host": "127.0.0.1", "port": free_port(), "base_url": None, "redis_url": None}
    return StartSettings(**(fields | {"instance_dir": tmp_path} | changes))  # type: ignore[arg-type]


def test_without_settings_there_are_defaults(root):
    assert read_start_settings() == StartSettings("127.0.0.1", 8000, None, None, root / "instance")


def test_a_file_sets_and_the_environment_wins(root, monkeypatch):
    (root / ".env").write_text('HOST=0.0.0.0\nPORT=8001\nINSTANCE_DIR="my data"\n')
    monkeypatch.setenv("PORT", "8002")
    read = read_start_settings()
    assert (read.host, read.port, read.instance_dir) == ("0.0.0.0", 8002, root / "my data")


@pytest.mark.parametrize("text", ["0", "65536", "-1", "80a", "８０００", " "])
def test_a_port_that_is_none_is_refused(root, monkeypatch, text):
    monkeypatch.setenv("PORT", text)
    with pytest.raises(Trouble, match="PORT must be a whole number"):
        read_start_settings()


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:8000"), ("::", "http://[::1]:8000"), ("10.1.2.3", "http://10.1.2.3:8000")],
)
def test_the_address_seen_from_here(tmp_path, host, url):
    assert some_settings(tmp_path, host=host, port=8000).near_url == url


def test_a_free_port_is_fine(tmp_path):
    check_port(some_settings(tmp_path))


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_port_in_use_is_refused(tmp_path, host):
    with socket.create_server((host, 0)) as taken, pytest.raises(Trouble, match="is in use"):
        check_port(some_settings(tmp_path, port=taken.getsockname()[1]))


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1"])
def test_a_host_that_is_not_ours_is_refused(tmp_path, host):
    with pytest.raises(Trouble, match="HOST is not an address of this machine"):
        check_port(some_settings(tmp_path, host=host))


def test_the_web_server_listens_where_it_is_told(tmp_path):
    command = web_command(some_settings(tmp_path, host="::1", port=8003))
    assert command[command.index("--host") + 1] == "::1"
    assert command[command.index("--port") + 1] == "8003"


@pytest.mark.parametrize(
    ("given", "database", "processes"),
    [
        ("", "", 1),
        ("", "sqlite:////tmp/x.db", 1),
        ("4", "", 4),
        ("", "postgresql://localhost/x", max(1, min((os.cpu_count() or 1) // 2, 3))),
        ("1", "postgresql://localhost/x", 1),
    ],
)
def test_how_many_web_processes(monkeypatch, given, database, processes):
    monkeypatch.setenv("WEB_PROCESSES", given)
    monkeypatch.setenv("DATABASE_URL", database)
    assert read_start_settings().web_processes == processes


@pytest.mark.parametrize("wrong", ["0", "65", "-1", "two", "1.5"])
def test_a_number_of_web_processes_that_cannot_be(monkeypatch, wrong):
    monkeypatch.setenv("WEB_PROCESSES", wrong)
    with pytest.raises(Trouble, match="WEB_PROCESSES must be a whole number from 1 to 64"):
        read_start_settings()
