"""An installation with webhooks whose promises are kept book of: what was accepted, and who must get it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from time import monotonic, sleep, time

from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from app.core.extensions import db
from app.core.times import from_ms, ms_of, now_ms
from app.models import Delivery, Lease
from app.services import spaces, webhooks
from app.services.events import publishing
from tests.faults.promises import Told, assert_promises
from tests.machine.receiver import Receiver
from workers.schedule import SWEEP_EVERY_S

EVENT = "lead.created"
# A receiver of ours that is slower than this is broken on purpose: one second is lost on any busy machine.
GIVE_UP_AFTER_S = 10
# A lease may outlive its end by one sweep, and on a busy machine by the time that a sweep takes to start.
OVERSTAY_S = SWEEP_EVERY_S + 8


class Installation:
    """A space with webhooks to receivers on this machine, each at a path of its own."""

    def __init__(self, app: Flask, receiver: Receiver, space: str = "Acme") -> None:
        """`receiver`: where webhooks lead unless another is named. `space`: the name of its new space."""
        self.app = app
        self.receiver = receiver
        self.told = Told()
        self.published_at: dict[str, float] = {}
        self._receivers = [receiver]
        self._wanting: set[str] = set()
        self._numbers = itertools.count(1)
        self._overdue_since: dict[tuple[str, str], float] = {}
        with app.test_request_context():
            self.space_id = str(spaces.create_space(space).id)

    def add_webhook(
        self,
        receiver: Receiver | None = None,
        url: str | None = None,
        healthy: bool = True,
        **changes: object,
    ) -> str:
        """A webhook that is on; returns its id. Not `healthy`: its deliveries need not succeed."""
        receiver = receiver or self.receiver
        if receiver not in self._receivers:
            self._receivers.append(receiver)
        path = f"/{len(self.told.paths)}"
        schedule = changes.pop("schedule", (300, 600))
        with self.app.test_request_context():
            data = {
                "name": "CRM",
                "url": url or receiver.at(path),
                "events": [EVENT],
                "timeout_s": GIVE_UP_AFTER_S,
                "failure_limit": 1000,
                "retry": {"schedule": schedule},
                **changes,
            }
            webhook_id = webhooks.create(self.space_id, data).webhook.id
            webhooks.enable(self.space_id, webhook_id, force=True)
        self.told.paths[path] = webhook_id
        self.told.schedules[webhook_id] = schedule  # type: ignore[assignment]
        if not healthy:
            self.told.unhealthy.add(webhook_id)
        self._wanting.add(webhook_id)
        return webhook_id

    @property
    def wanting(self) -> frozenset[str]:
        """The webhooks that get what is published now."""
        return frozenset(self._wanting)

    def forget_wanting(self, webhook_id: str) -> None:
        """From now on this webhook gets no new events."""
        self._wanting.discard(webhook_id)

    def want_again(self, webhook_id: str) -> None:
        """From now on it does."""
        self._wanting.add(webhook_id)

    def next_item(self) -> dict[str, object]:
        """An event that nobody published before; its object id is its number."""
        number = next(self._numbers)
        return {"type": EVENT, "object_id": str(number), "data": {"id": number}}

    def publish(self, count: int) -> list[str]:
        """Publish that many events; returns their ids."""
        ids: list[str] = []
        with self.app.test_request_context():
            for start in range(0, count, 1000):
                part = [self.next_item() for _ in range(min(1000, count - start))]
                now = time()
                stored = [p.id for p in publishing.publish(self.space_id, part)]
                self.told.accepted |= dict.fromkeys(stored, self.wanting)
                self.published_at |= dict.fromkeys(stored, now)
                ids += stored
        return ids

    def unfinished(self) -> int:
        """Deliveries that have not reached a final state."""
        with self.app.app_context():
            return db.session.query(Delivery).filter(Delivery.status.in_(("pending", "held"))).count()

    def wait_until_done(self, seconds: float = 60) -> None:
        """Wait until every delivery is final; meanwhile no lease outlives its end (F)."""
        until = monotonic() + seconds
        self._overdue_since.clear()
        while left := self.unfinished():
            assert monotonic() < until, f"{left} deliveries are not final: {self._stuck()}"
            self._watch_leases()
            sleep(0.1)

    def wait_until_done_of(self, webhook_id: str, seconds: float = 60) -> None:
        """Wait until nothing waits for this webhook any more, however its attempts ended."""
        until = monotonic() + seconds
        with self.app.app_context():
            waits = db.session.query(Delivery).filter_by(webhook_id=webhook_id, status="pending")
            while waits.filter(Delivery.attempts_count == 0).count():
                assert monotonic() < until
                db.session.commit()
                sleep(0.1)

    def let_leases_end(self) -> int:
        """Time passes for what is in flight: every lease ends now. Returns how many there were."""
        with self.app.app_context():
            count = db.session.execute(update(Lease).values(until=from_ms(now_ms() - 1))).rowcount
            db.session.commit()
            return int(count)

    def assert_promises(self, arrivals: bool = True) -> None:
        """A to F, from what the receivers got. Not `arrivals`: the test moves the program's clock."""
        received = [request for receiver in self._receivers for request in receiver.requests]
        assert_promises(self.app, self.told, received, arrivals)

    def assert_not_held_up(self, webhook_id: str, event_ids: Sequence[str], within_s: float) -> None:
        """G. These events came to this webhook within so many seconds of being published."""
        path = next(path for path, owner in self.told.paths.items() if owner == webhook_id)
        arrived = {
            r.header("webhook-id"): r.at
            for receiver in self._receivers
            for r in reversed(receiver.requests)
            if r.path == path
        }
        late = [arrived[i] - self.published_at[i] for i in event_ids]
        assert max(late) <= within_s, f"held up for {max(late):.1f} s"

    def _stuck(self) -> str:
        """A few of the deliveries that are not final, for whoever has to find out why."""
        with self.app.app_context():
            some = db.session.query(Delivery).filter(Delivery.status.in_(("pending", "held"))).limit(3).all()
            leases = db.session.query(Lease).count()
            now = now_ms()
            rows = [(d.status, d.attempts_count, d.last_reason, (ms_of(d.due_at) or 0) - now) for d in some]
            return f"{rows} (status, tries, last reason, due in ms); {leases} leases"

    def _watch_leases(self) -> None:
        try:
            with self.app.app_context():
                rows = db.session.query(Lease.delivery_id, Lease.token, Lease.until).all()
        except OperationalError:  # the database is what is broken just now
            self._overdue_since.clear()
            return
        now = now_ms()
        overdue = {(row.delivery_id, row.token) for row in rows if (ms_of(row.until) or 0) < now}
        kept = {key: since for key, since in self._overdue_since.items() if key in overdue}
        self._overdue_since = dict.fromkeys(overdue, monotonic()) | kept
        for key, since in self._overdue_since.items():
            assert monotonic() - since < OVERSTAY_S, f"the lease {key} outlived its end"
