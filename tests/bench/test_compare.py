"""`make compare`: the driver of Hookdesk does what a driver has to, and each figure is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.compare import HOOKDESK, measure
from bench.drivers.driver import Place, load_driver
from tests.machine.redis import RedisServer

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def place(tmp_path: Path, redis_server: RedisServer) -> Place:
    return Place(tmp_path, f"sqlite:///{tmp_path / 'server.db'}", redis_server.url)


def test_hookdesk_is_measured_through_its_driver(place: Place) -> None:
    figures = measure(load_driver(HOOKDESK, place), seconds=1)
    assert len(figures) == 6
    assert all(figure > 0 for figure in figures.values())


def test_a_server_that_does_not_sign_is_not_compared(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = load_driver(HOOKDESK, place)
    monkeypatch.setattr(driver, "is_signed", lambda _headers, _body: False)
    with pytest.raises(RuntimeError, match="not signed"):
        measure(driver, seconds=1)


def test_a_file_without_a_driver_is_refused(place: Place, tmp_path: Path) -> None:
    empty = tmp_path / "empty.py"
    empty.write_text("")
    with pytest.raises(AttributeError, match="Driver"):
        load_driver(empty, place)
