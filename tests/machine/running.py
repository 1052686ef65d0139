"""The whole program while it runs, and what a test wants to know of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from app import create_app
from app.core.extensions import db
from tests.machine import processes
from tests.machine.ports import free_port
from tests.machine.processes import Process
from tests.machine.settings import settings_for

FIRST_SPACE = "My space"
OWNER_EMAIL = "owner@example.com"
OWNER_PASSWORD = "correct horse battery staple"


@dataclass(frozen=True, slots=True)
class Running:
    """A started program, and a space in it with its owner."""

    process: Process
    owner_email: str
    owner_password: str
    space: str = FIRST_SPACE

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.process.url

    @property
    def settings(self) -> dict[str, str]:
        """Its settings."""
        return self.process.settings

    def flask(self, *arguments: str) -> str:
        """Run a flask command beside it, in this process. Returns what it printed."""
        app = create_app(self.settings)
        done = app.test_cli_runner().invoke(args=list(arguments), catch_exceptions=False)
        with app.app_context():
            db.engine.dispose()
        if done.exit_code:
            raise AssertionError(f"flask {' '.join(arguments)} ended with {done.exit_code}:\n{done.output}")
        return done.stdout.strip()

    def with_space(self, name: str) -> Running:
        """The same program with a new space of that name, and somebody who owns that one alone."""
        email = f"{name.lower().replace(' ', '.')}@example.com"
        self.flask("space", "create", name)
        found = replace(self, owner_email=email, space=name)
        found.join(name)
        return found

    def join(self, space: str) -> None:
        """Make the owner an owner of that space, too."""
        person = ("--email", self.owner_email, "--password", self.owner_password)
        self.flask("person", "create", *person, "--space", space, "--role", "owner")

    def api_key(self, space: str, *scopes: str) -> str:
        """Make an API key for that space."""
        words = [word for scope in scopes for word in ("--scope", scope)]
        return self.flask("api-key", "create", "--space", space, *words).splitlines()[-1]


def start_running(settings: dict[str, str], log: Path) -> Running:
    """Start everything and wait until it says that it runs."""
    settings = {"OWNER_EMAIL": OWNER_EMAIL, "OWNER_PASSWORD": OWNER_PASSWORD} | {
        name: value for name, value in settings.items() if value or not name.startswith("OWNER_")
    }
    process = processes.program(settings, log)
    process.start()
    process.wait_for(r"^(Hookdesk is running|\(the web server listens) at " + re.escape(process.url))
    return Running(process, settings["OWNER_EMAIL"], settings["OWNER_PASSWORD"])


@contextmanager
def running_program(folder: Path, **settings: str) -> Iterator[Running]:
    """Everything, started with its own data in that folder; it has to end well, too."""
    all_settings = settings_for(folder / "instance", PORT=str(free_port()), **settings)
    started = start_running(all_settings, folder / "log")
    yield started
    code = started.process.terminate()
    assert code == 0, started.process.output()
