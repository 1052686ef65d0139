"""The web server as a process of its own, with a space, a key and somebody who logs in."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from flask import Flask

from app.services import api_keys, people, spaces
from tests.machine.ports import free_port
from tests.machine.processes import Process, web

EMAIL, PASSWORD = "owner@example.com", "correct horse battery staple"
EVENT = {"type": "lead.created", "data": {"id": 4711}}


@dataclass
class Server:
    """A web server, answering, and who may use it."""

    process: Process
    app: Flask
    space_id: str
    key: str
    key_id: str
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return "127.0.0.1", int(self.process.settings["PORT"])

    @property
    def headers(self) -> dict[str, str]:
        """What a program sends along."""
        return {"Authorization": f"Bearer {self.key}"}

    def api(self, method: str, path: str, **options) -> requests.Response:
        """A call with the key."""
        headers = {**self.headers, **options.pop("headers", {})}
        return self.session.request(
            method, f"{self.process.url}/api/v1{path}", headers=headers, timeout=30, **options
        )

    def publish(self, **event) -> requests.Response:
        """Publish an event over a new connection."""
        return requests.post(
            f"{self.process.url}/api/v1/events", json={**EVENT, **event}, headers=self.headers, timeout=30
        )

    def connect(self) -> socket.socket:
        """A connection of one's own."""
        return socket.create_connection(self.address, timeout=30)

    def seconds_of_others(self) -> dict[str, float]:
        """How long a health check, a page and a publish take now, each at its best of three."""
        calls: dict[str, Callable[[], requests.Response]] = {
            "health": lambda: requests.get(f"{self.process.url}/healthz", timeout=30),
            "page": lambda: requests.get(f"{self.process.url}/login", timeout=30),
            "publish": self.publish,
        }
        return {name: min(_seconds(call) for _ in range(3)) for name, call in calls.items()}


def _seconds(call: Callable[[], requests.Response]) -> float:
    started = time.perf_counter()
    assert call().ok
    return time.perf_counter() - started


@pytest.fixture
def server_settings() -> dict[str, str]:
    """Settings of the server besides the usual ones."""
    return {}


@pytest.fixture
def server(
    app: Flask, settings: dict[str, str], server_settings: dict[str, str], tmp_path: Path
) -> Iterator[Server]:
    """The web server, answering."""
    process = web({**settings, "PORT": str(free_port()), **server_settings}, tmp_path / "web.log")
    process.start()
    with app.test_request_context():
        space_id = str(spaces.create_space("Acme").id)
        people.create_person(EMAIL, PASSWORD, space_id, "owner")
        key, text = api_keys.create_key(space_id, "Shop", ("administrative",))
    process.wait_for_health()
    yield Server(process, app, space_id, text, key.id)
    process.kill()
