"""Fixtures for all tests, named after what they are. `tests/machine` holds what they are made of."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Browser, Page

from app import create_app
from app.core.extensions import db
from app.services import passwords
from tests.machine import databases, postgres, run_folder
from tests.machine.browser import Pages, open_browser
from tests.machine.compiled import rules_compiled_once, statements_compiled_once, template_cache
from tests.machine.oauth_server import OAuthServer
from tests.machine.postgres import Cluster
from tests.machine.receiver import Receiver
from tests.machine.redis import RedisServer
from tests.machine.running import Running, running_program
from tests.machine.settings import settings_for
from tests.machine.smtp import MailServer

DATABASES = ("sqlite", "postgresql")

# How long one example may take depends on what else the machine does.
hypothesis.settings.register_profile(
    "hookdesk", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("hookdesk")


def pytest_configure(config: pytest.Config) -> None:
    """The process that leads the run makes its folder; parallel workers find it in their environment."""
    if not hasattr(config, "workerinput"):
        os.environ["HOOKDESK_TEST_CONTROLLER"] = str(os.getpid())
        run_folder.make_run_folder()


def pytest_unconfigure(config: pytest.Config) -> None:
    """It also cleans up."""
    if not hasattr(config, "workerinput"):
        postgres.stop_shared_cluster()
        run_folder.remove_run_folder()


def pytest_collection_finish() -> None:
    """What was imported stays to the end: Python's collector need not walk through it again with every test.

    It took a quarter of the suite's processor time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test is a failed run: what is not tested must not look tested."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why."""
    if terminalreporter.stats.get("skipped"):
        terminalreporter.line(
            "Skipped tests fail the run: what is not tested must not look tested.", red=True
        )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that uses a database runs on each; `@pytest.mark.databases("sqlite")` narrows that."""
    if "database_url" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("databases")
        metafunc.parametrize("database_url", marker.args if marker else DATABASES, indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new, migrated, empty database: SQLite and PostgreSQL."""
    if request.param == "sqlite":
        yield databases.new_sqlite(tmp_path)
        return
    with databases.emptied_postgresql() as url:
        yield url


@pytest.fixture
def own_postgres() -> Iterator[Cluster]:
    """A PostgreSQL of the test's own, which it may stop, crash and start. It holds no database of ours yet."""
    cluster = postgres.own_cluster()
    yield cluster
    with suppress(RuntimeError):  # it may be stopped already
        cluster.stop()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> dict[str, str]:
    """The settings of `app`. A test module changes them by a fixture of this name that uses this one."""
    return settings_for(tmp_path / "instance", DATABASE_URL=database_url, BASE_URL="http://localhost")


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2id with little work; how much the program spends on it is tested on its own."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: hasher)


@pytest.fixture(scope="session")
def compiled_templates() -> FileSystemBytecodeCache:
    """Templates are compiled once per run."""
    return template_cache()


@pytest.fixture(scope="session")
def compiled_rules() -> Iterator[None]:
    """The addresses of routes are compiled once per worker of the run."""
    with rules_compiled_once():
        yield


@pytest.fixture(scope="session")
def compiled_statements() -> Iterator[dict[Any, Any]]:
    """SQL is compiled once per worker of the run."""
    with statements_compiled_once() as kept:
        yield kept


@pytest.fixture
def app(
    settings: dict[str, str],
    quick_hashes: None,
    compiled_templates: FileSystemBytecodeCache,
    compiled_rules: None,
    compiled_statements: dict[Any, Any],
) -> Iterator[Flask]:
    """The application on that database, without Redis. Not inside an app context."""
    made = create_app(settings)
    made.testing = True
    made.jinja_env.bytecode_cache = compiled_templates
    with made.app_context():
        db.engine._compiled_cache = compiled_statements
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app_with(settings: dict[str, str]) -> Iterator[Callable[..., Flask]]:
    """Makes applications with other settings on the same database."""
    made: list[Flask] = []

    def make(**changes: str) -> Flask:
        made.append(create_app({**settings, **changes}))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody who is not logged in."""
    return app.test_client()


@pytest.fixture(scope="session")
def _redis_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def redis_server(_redis_process: RedisServer) -> RedisServer:
    """A real, empty Redis; `.url` is its REDIS_URL. A test may stop, freeze or empty it."""
    _redis_process.reset()
    return _redis_process


@pytest.fixture
def new_receiver() -> Iterator[Callable[[], Receiver]]:
    """Makes receivers of webhooks, listening."""
    made: list[Receiver] = []

    def make() -> Receiver:
        made.append(Receiver().start())
        return made[-1]

    yield make
    for receiver in made:
        receiver.stop()


@pytest.fixture
def receiver(new_receiver: Callable[[], Receiver]) -> Receiver:
    """One receiver of webhooks, listening; it answers 200 until told otherwise."""
    return new_receiver()


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A mail server, listening; it takes every letter until told otherwise."""
    server = MailServer().start()
    yield server
    server.stop()


@pytest.fixture
def oauth_server() -> Iterator[OAuthServer]:
    """A real OAuth server, listening, with a receiver that wants its tokens."""
    server = OAuthServer().start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def running_settings() -> dict[str, str]:
    """Settings for `running` besides the usual ones. A test module may have its own fixture of this name."""
    return {}


@pytest.fixture(scope="module")
def running(running_settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The whole program, as `make run` starts it, with its own data, for the tests of one module."""
    with running_program(tmp_path_factory.mktemp("running"), **running_settings) as started:
        yield started


@pytest.fixture(scope="module")
def running_postgresql_url() -> Iterator[str]:
    """A new database in PostgreSQL, for a module's `running_settings`."""
    cluster, name = databases.new_postgresql()
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with open_browser() as opened:
        yield opened


@pytest.fixture
def pages(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Pages]:
    """Opens pages: dark, narrow, without JavaScript. Whatever goes wrong in one fails the test.

    Paths are relative to `running`, if the test uses it.
    """
    uses_running = "running" in request.fixturenames
    opened = Pages(browser, request.getfixturevalue("running").url if uses_running else None)
    yield opened
    opened.close()


@pytest.fixture
def page(pages: Pages) -> Page:
    """A page: light, 1280 by 800, with JavaScript, nobody logged in."""
    return pages.open()
