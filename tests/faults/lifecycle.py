"""The life of webhooks and deliveries as a state machine: whatever people, receivers and crashes do, in any order.

Real services, ledger, engine and receiver; the clock alone is ours. What must hold is asked after every step,
and at the end everything is set right and held to the promises.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import func, select, true

from app.core.errors import Conflict
from app.core.extensions import db
from app.core.ids import new_id
from app.core.times import now_ms
from app.ledger.leases import open_ledger
from app.models import CounterChange, Delivery, Lane, Lease, Webhook, WebhookHour
from app.models.counter import ALL_TIME
from app.models.delivery import FINAL
from app.services import deliveries, webhooks
from tests.faults.installation import Installation
from tests.machine.maintenance import maintain
from tests.machine.receiver import Answer, Receiver
from workers.runtime import WorkerRuntime

WEBHOOKS = 2
SCHEDULE = [300, 600]
FAILURE_LIMIT = 4
# More than a lease lasts: the time limit and its margin.
LEASE_S = 20
COUNTED = {"delivered": "succeeded", "failed": "failed", "cancelled": "cancelled", "held": "held"}


class Clock:
    """The `time` of the modules that read the clock: real, and as far ahead as we say."""

    def __init__(self) -> None:
        self.ahead_ns = 0

    def time_ns(self) -> int:
        """Nanoseconds since 1970."""
        return time.time_ns() + self.ahead_ns

    def pass_by(self, seconds: float) -> None:
        """Time passes."""
        self.ahead_ns += int(seconds * 1_000_000_000)

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


class Lifecycle(RuleBasedStateMachine):
    """A few webhooks of one space, one worker."""

    def __init__(self, app: Flask, new_receiver: Callable[[], Receiver], clock: Clock) -> None:
        super().__init__()
        self.app, self.clock = app, clock
        self.receiver = new_receiver()
        self.context = app.test_request_context()
        self.context.push()
        self.installation = Installation(app, self.receiver, space=new_id("life"))
        self.space_id = self.installation.space_id
        self.runtime = WorkerRuntime(app)
        self.finals: dict[str, str] = {}
        self.ids = [
            self.installation.add_webhook(
                schedule=SCHEDULE, failure_limit=FAILURE_LIMIT, failure_window_s=0, healthy=False
            )
            for _ in range(WEBHOOKS)
        ]

    webhook = st.integers(0, WEBHOOKS - 1)

    @rule(count=st.integers(1, 3))
    def publish(self, count: int) -> None:
        """Those that are not off want it."""
        for webhook_id in self.ids:
            state = self._webhook(webhook_id).state
            (self.installation.forget_wanting if state == "off" else self.installation.want_again)(webhook_id)
        self.installation.publish(count)

    @rule(status=st.sampled_from([200, 200, 500, 410]), n=webhook)
    def receiver_answers(self, status: int, n: int) -> None:
        """From now on."""
        for path, owner in self.installation.told.paths.items():
            if owner == self.ids[n]:
                self.receiver.always(Answer(status), path)

    @rule()
    def deliver(self) -> None:
        """A worker sweeps: a webhook that is not on gets nothing."""
        closed = {i for i in self.ids if self._webhook(i).state != "on"}
        before = len(self.receiver.requests)
        maintain()
        self.runtime.sweep()
        db.session.commit()  # what was read before the sweep is old by now
        for request in self.receiver.requests[before:]:
            assert self.installation.told.paths[request.path] not in closed, (
                "sent to a webhook that is not on"
            )
        assert db.session.query(Lease).where(Lease.until < now_ms()).count() == 0, (
            "F: a lease outlived a sweep"
        )

    @rule(seconds=st.sampled_from([1, LEASE_S, 299, 301, 601, 3600]))
    def time_passes(self, seconds: int) -> None:
        """For everybody."""
        self.clock.pass_by(seconds)

    @rule(count=st.integers(1, 3))
    def worker_claims_and_crashes(self, count: int) -> None:
        """Nobody knows what became of what it had claimed."""
        ledger = open_ledger(self.app.config["SETTINGS"].database_url)
        ledger.claim(now_ms(), count, new_id("lse"))
        ledger.close()

    @rule(n=webhook)
    def edit(self, n: int) -> None:
        """Another address, at the same receiver."""
        if self._webhook(self.ids[n]).deleted_at is None:
            path = f"/edited{len(self.installation.told.paths)}"
            self.installation.told.paths[path] = self.ids[n]
            webhooks.update(self.space_id, self.ids[n], {"url": self.receiver.at(path)})

    @rule(n=webhook)
    def rotate_secret(self, n: int) -> None:
        """Both keys sign from now on."""
        if self._webhook(self.ids[n]).deleted_at is None:
            webhooks.rotate_secret(self.space_id, self.ids[n])

    @rule(n=webhook)
    def enable(self, n: int) -> None:
        """Whatever it was; what is held stays so."""
        if self._webhook(self.ids[n]).deleted_at is None:
            webhooks.enable(self.space_id, self.ids[n], force=True)

    @rule(n=webhook)
    def disable(self, n: int) -> None:
        """Off: what waits is held, new events are not for it."""
        if self._webhook(self.ids[n]).deleted_at is None:
            webhooks.disable(self.space_id, self.ids[n])

    @rule(n=webhook)
    def pause(self, n: int) -> None:
        """Only what is on can be paused."""
        webhook = self._webhook(self.ids[n])
        if webhook.deleted_at is None:
            allowed = webhook.state in {"on", "paused"}
            assert self._done(lambda: webhooks.pause(self.space_id, self.ids[n])) == allowed

    @rule(n=webhook, held=st.sampled_from(["send", "skip"]))
    def resume(self, n: int, held: str) -> None:
        """Only what is on or paused can be resumed."""
        webhook = self._webhook(self.ids[n])
        if webhook.deleted_at is None:
            allowed = webhook.state in {"on", "paused"}
            assert self._done(lambda: webhooks.resume(self.space_id, self.ids[n], held)) == allowed

    @precondition(lambda self: bool(self.finals))
    @rule(pick=st.integers(0, 50), until_it_works=st.booleans())
    def resend(self, pick: int, until_it_works: bool) -> None:
        """By hand: only through a webhook that is on, and not while it is being sent."""
        rows = self._deliveries()
        delivery = rows[pick % len(rows)]
        allowed = self._webhook(delivery.webhook_id).state == "on" and delivery.state != "sending"
        assert self._done(lambda: deliveries.resend(self.space_id, delivery.id, until_it_works)) == allowed
        if allowed:
            self.finals.pop(delivery.id, None)

    @rule(n=st.just(WEBHOOKS - 1), sure=st.integers(0, 3))
    def delete(self, n: int, sure: int) -> None:
        """Now and then, the last one."""
        if sure == 0 and self._webhook(self.ids[n]).deleted_at is None:
            webhooks.delete(self.space_id, self.ids[n])

    @invariant()
    def an_end_is_an_end(self) -> None:
        """What is final stays so unless a person orders another try; attempts are never unmade."""
        for delivery in self._deliveries():
            known = self.finals.get(delivery.id)
            assert known in {None, delivery.status}, f"{delivery.id} was {known}, is {delivery.status}"
            if delivery.status in FINAL:
                self.finals[delivery.id] = delivery.status

    @invariant()
    def lanes_know_what_is_in_flight(self) -> None:
        """A lane's count is that of its leases, and never passes its cap."""
        leases = dict(
            db.session.execute(select(Lease.webhook_id, func.count()).group_by(Lease.webhook_id)).all()
        )
        for lane in db.session.query(Lane):
            assert lane.in_flight == leases.get(lane.webhook_id, 0)
            assert lane.in_flight <= 10

    @invariant()
    def counts_are_true(self) -> None:
        """The counts on lists are those of the rows."""
        rows = self._deliveries()
        for webhook_id in self.ids:
            mine = [d for d in rows if d.webhook_id == webhook_id]
            expected = {name: sum(d.status == status for d in mine) for name, status in COUNTED.items()}
            assert self._counts(webhook_id) == {"triggered": len(mine), **expected}

    def teardown(self) -> None:
        """Everything is set right: then everything reaches its end, and every promise was kept."""
        try:
            self._set_right()
            self.installation.assert_promises(arrivals=False)
        finally:
            self._clear()

    def _set_right(self) -> None:
        for path in self.installation.told.paths:
            self.receiver.always(Answer(200), path)
        for webhook_id in self.ids:
            if self._webhook(webhook_id).deleted_at is None:
                webhooks.enable(self.space_id, webhook_id, force=True)
                webhooks.resume(self.space_id, webhook_id, "send")
        for _ in range(20):
            maintain()
            self.runtime.sweep()
            if not self.installation.unfinished():
                return
            self.clock.pass_by(SCHEDULE[1] + LEASE_S)
        raise AssertionError("what was set right does not come to its end")

    def _clear(self) -> None:
        self.runtime.close()
        self.receiver.stop()
        db.session.rollback()
        for table in ("attempt", "lease", "delivery", "event", "subscription"):
            db.session.execute(db.metadatas[None].tables[table].delete())
        db.session.commit()
        self.context.pop()

    def _webhook(self, webhook_id: str) -> Webhook:
        db.session.commit()
        return db.session.get_one(Webhook, webhook_id, populate_existing=True)

    @staticmethod
    def _deliveries() -> list[Delivery]:
        db.session.commit()
        db.session.expire_all()
        return db.session.query(Delivery).order_by(Delivery.id).all()

    @staticmethod
    def _counts(webhook_id: str) -> dict[str, int]:
        names = ("triggered", *COUNTED)
        found = dict.fromkeys(names, 0)
        for table, rows in ((WebhookHour, WebhookHour.hour == ALL_TIME), (CounterChange, true())):
            sums = [func.coalesce(func.sum(getattr(table, name)), 0) for name in names]
            row = db.session.execute(select(*sums).where(table.webhook_id == webhook_id, rows)).one()
            found = {name: found[name] + int(part) for name, part in zip(names, row, strict=True)}
        return found

    @staticmethod
    def _done(action: Callable[[], object]) -> bool:
        """False if it was refused as impossible now."""
        try:
            action()
        except Conflict:
            return False
        return True
