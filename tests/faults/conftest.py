"""Real worker processes, a real Redis, an independent receiver: its log is held against the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

import pytest
from flask import Flask

from app.extensions import db
from app.models import Attempt, Delivery, Lane, Lease
from app.services import events, spaces, webhooks
from tests.machine.processes import Process, worker
from tests.machine.receiver import Receiver
from tests.machine.redis import RedisServer


@pytest.fixture
def settings(settings: dict[str, str], redis_server: RedisServer) -> dict[str, str]:
    """With a Redis, unlike other tests of the application."""
    return {**settings, "REDIS_URL": redis_server.url}


@dataclass
class Desk:
    """A space with webhooks, and the promises to hold it to."""

    app: Flask
    receiver: Receiver
    space_id: str
    accepted: list[str] = field(default_factory=list)

    def add_webhook(self, **changes: object) -> str:
        """A webhook to the receiver that is on; returns its id."""
        with self.app.test_request_context():
            data = {
                "name": "CRM",
                "url": self.receiver.url,
                "events": ["lead.created"],
                "timeout_s": 1,
                "failure_limit": 1000,
                **changes,
            }
            webhook = webhooks.create(self.space_id, data).webhook
            webhooks.enable(self.space_id, webhook.id, force=True)
            return webhook.id

    def publish(self, count: int) -> None:
        """Publish that many events."""
        with self.app.test_request_context():
            item = {"type": "lead.created", "data": {"id": 4711}}
            for start in range(0, count, 1000):
                part = [item] * min(1000, count - start)
                self.accepted += [p.id for p in events.publish(self.space_id, part)]

    def unfinished(self) -> int:
        """Deliveries that have not reached a final state."""
        with self.app.app_context():
            return db.session.query(Delivery).filter(Delivery.status.in_(("pending", "held"))).count()

    def wait_until_done(self, seconds: float = 60) -> None:
        """Wait until every delivery is final."""
        until = monotonic() + seconds
        while left := self.unfinished():
            assert monotonic() < until, f"{left} deliveries are not final"
            sleep(0.1)

    def assert_promises(self) -> None:
        """A to F of the promises: nothing lost, every request has its attempt, repeats are explained."""
        received = Counter(r.header("webhook-id") for r in self.receiver.requests)
        with self.app.app_context():
            deliveries = {d.event_id: d for d in db.session.query(Delivery)}
            assert set(deliveries) == set(self.accepted)
            assert {d.status for d in deliveries.values()} == {"succeeded"}
            assert set(received) == set(self.accepted), "lost, or never accepted"
            for event_id, delivery in deliveries.items():
                outcomes = self._outcomes(delivery.id)
                assert len(outcomes) == delivery.attempts_count
                assert outcomes[-1] == "succeeded"
                # A request that was seen has its attempt; one more than succeeded only after "unknown".
                assert received[event_id] <= len(outcomes)
                assert received[event_id] == 1 or "unknown" in outcomes
            assert db.session.query(Lease).count() == 0
            assert {lane.in_flight for lane in db.session.query(Lane)} == {0}

    def _outcomes(self, delivery_id: str) -> list[str]:
        query = db.session.query(Attempt.outcome).filter_by(delivery_id=delivery_id).order_by(Attempt.number)
        return [outcome for (outcome,) in query]


@pytest.fixture
def desk(app: Flask, receiver: Receiver) -> Desk:
    """A desk whose webhooks lead to the receiver."""
    with app.test_request_context():
        space_id = spaces.create_space("Acme").id
    return Desk(app, receiver, space_id)


@pytest.fixture
def new_worker(settings: dict[str, str], tmp_path: Path) -> Iterator[Callable[[], Process]]:
    """Starts workers; those that still live at the end are killed."""
    made: list[Process] = []

    def start() -> Process:
        process = worker(settings, tmp_path / f"worker{len(made)}.log")
        process.start()
        made.append(process)
        return process

    yield start
    for process in made:
        if process.exit_code is None:
            process.kill()
