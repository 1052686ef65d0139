"""The database goes away, a process is killed in mid-commit: what was answered with 202 is there, once."""

from __future__ import annotations

import threading
import time
from uuid import uuid4

import pytest
import requests
from sqlalchemy import func, select

from app.core.extensions import db
from app.models import Event
from tests.front.conftest import EVENT
from tests.machine import databases

PUBLISHERS = 12


class Publishers:
    """Publish under keys, each until it is accepted, and keep what was said."""

    def __init__(self, server) -> None:
        self._server = server
        self._stop = threading.Event()
        self.accepted: dict[str, str] = {}
        self.refused: list[requests.Response] = []
        self._threads = [threading.Thread(target=self._go_on) for _ in range(PUBLISHERS)]

    def __enter__(self) -> Publishers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, count: int) -> None:
        until = time.monotonic() + 60
        while len(self.accepted) < count:
            assert time.monotonic() < until, f"{len(self.accepted)} of {count} were accepted"
            time.sleep(0.02)

    def _go_on(self) -> None:
        session = requests.Session()
        while not self._stop.is_set():
            self._publish(session, uuid4().hex)

    def _publish(self, session: requests.Session, key: str) -> None:
        headers = {**self._server.headers, "Idempotency-Key": key}
        while not self._stop.is_set():
            try:
                answer = session.post(
                    f"{self._server.process.url}/api/v1/events", json=EVENT, headers=headers, timeout=20
                )
            except requests.RequestException:
                time.sleep(0.05)
                continue
            if answer.status_code == 202:
                self.accepted[key] = answer.json()["id"]
                return
            self.refused.append(answer)
            time.sleep(0.1)


def assert_all_there_once(app, accepted: dict[str, str]) -> None:
    with app.app_context():
        rows = db.session.execute(select(Event.idempotency_key, Event.id)).all()
        assert len(rows) == len({key for key, _id in rows})
        assert accepted.items() <= dict(rows).items()


def test_kill_9_in_a_group_commit(server):
    with Publishers(server) as publishers:
        for _life in range(3):
            publishers.wait_for(len(publishers.accepted) + 100)
            server.process.kill()
            server.process.start()
        publishers.wait_for(len(publishers.accepted) + 100)
    assert_all_there_once(server.app, publishers.accepted)


@pytest.mark.databases("sqlite")  # the fixture below puts another one in its place
class TestDatabaseAway:
    @pytest.fixture
    def settings(self, settings, own_postgres, tmp_path) -> dict[str, str]:
        url = own_postgres.url(own_postgres.create())
        databases.migrate(url, tmp_path)
        return {**settings, "DATABASE_URL": url}

    def test_503_and_nothing_lost(self, server, own_postgres):
        with Publishers(server) as publishers:
            publishers.wait_for(50)
            own_postgres.stop()
            until = time.monotonic() + 30
            while not publishers.refused and time.monotonic() < until:
                time.sleep(0.05)
            own_postgres.start()
            publishers.wait_for(len(publishers.accepted) + 100)
        assert {answer.status_code for answer in publishers.refused} == {503}
        said = publishers.refused[0]
        assert (said.json()["type"], said.headers["Retry-After"]) == ("/problems/unavailable", "5")
        assert_all_there_once(server.app, publishers.accepted)


def test_ordinary_events_do_not_wait_for_a_large_batch(server):
    batch = {"events": [{**EVENT, "data": {"note": "x" * 5000}}] * 1000}
    slow = threading.Thread(target=lambda: server.api("POST", "/events/batch", json=batch))
    server.publish()
    slow.start()
    times = []
    while slow.is_alive():
        started = time.perf_counter()
        assert server.publish().status_code == 202
        times.append(time.perf_counter() - started)
    assert sorted(times)[len(times) // 2] < 0.3


def test_events_for_which_something_is_wrong_harm_no_other(server):
    with Publishers(server) as publishers:
        publishers.wait_for(20)
        statuses = {
            server.publish(type="no.such").status_code,
            server.publish(data=[]).status_code,
            server.publish(object_id="a\x00b").status_code,
            server.api("POST", "/events", data=b"{" * 5000).status_code,
        }
        publishers.wait_for(len(publishers.accepted) + 20)
    assert statuses <= {400, 415, 422}
    assert not publishers.refused
    assert_all_there_once(server.app, publishers.accepted)
    with server.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Event)) == len(publishers.accepted)
