"""Real worker processes, a real Redis, an independent receiver: its log is held against the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.faults.installation import Installation
from tests.machine.processes import Process, maintenance, worker
from tests.machine.receiver import Receiver
from tests.machine.redis import RedisServer


@pytest.fixture
def settings(settings: dict[str, str], redis_server: RedisServer) -> dict[str, str]:
    """With a Redis, unlike other tests of the application."""
    return {**settings, "REDIS_URL": redis_server.url}


@pytest.fixture
def installation(app: Flask, receiver: Receiver) -> Installation:
    """A installation whose webhooks lead to the receiver."""
    return Installation(app, receiver)


@pytest.fixture
def maintained(settings: dict[str, str], app: Flask, tmp_path: Path) -> Iterator[Process]:
    """A maintenance worker runs beside the others."""
    process = maintenance(settings, tmp_path / "maintenance.log")
    process.start()
    yield process
    process.terminate()


@pytest.fixture
def new_worker(
    settings: dict[str, str], tmp_path: Path, maintained: Process
) -> Iterator[Callable[..., Process]]:
    """Starts workers, with more settings if need be; those that still live at the end are killed."""
    made: list[Process] = []

    def start(**more: str) -> Process:
        process = worker({**settings, **more}, tmp_path / f"worker{len(made)}.log")
        process.start()
        made.append(process)
        return process

    yield start
    for process in made:
        if process.exit_code is None:
            process.kill()
