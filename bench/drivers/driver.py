"""What `make compare` asks of a driver, and the words that both use."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol


class Place(NamedTuple):
    """Where a server may run: an empty folder, an empty PostgreSQL database and an empty Redis, all thrown away."""

    folder: Path
    database_url: str
    redis_url: str


class Publish(NamedTuple):
    """The call that publishes one event: a POST of JSON to 127.0.0.1, and the status that says it was accepted."""

    port: int
    path: str
    body: bytes
    headers: Mapping[str, str]
    accepted: int = 202


class Driver(Protocol):
    """One webhook server. It is made with a `Place`, without being started."""

    def start(self) -> None:
        """Start the server and wait until it answers. One that runs already is left as it is."""

    def stop(self) -> None:
        """End everything that `start` began; also after it failed halfway."""

    def endpoint(self, url: str) -> None:
        """Make an endpoint that gets every event of `publish`, and is on."""

    def publish(self, data: Mapping[str, object]) -> Publish:
        """The call that publishes an event with this data."""

    def is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        """True if a request that an endpoint received carries its signature. Names of headers are lower case."""


def load_driver(file: Path, place: Place) -> Driver:
    """The driver in that file. Raises `AttributeError` if it holds no class `Driver`."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    driver: Driver = module.Driver(place)
    return driver
