"""kill -9 in the middle of a recovery: it goes on, everything arrives, and its summary is true."""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from app.core.extensions import db
from app.core.ids import new_id
from app.core.times import utc_now
from app.core.transaction import transaction
from app.ledger.counters import count
from app.models import Delivery, Recovery, RecoveryItem
from app.models.delivery import FAILED
from app.queries.recoveries.listing import find_recovery
from app.queries.recoveries.scope import Scope
from app.services import recoveries, webhooks
from tests.machine.processes import Process, maintenance, worker
from tests.machine.receiver import Answer


@pytest.fixture
def new_processes(settings, tmp_path):
    """Starts a maintenance worker and so many workers, nobody else is there; all are killed at the end."""
    made = []

    def start(workers: int) -> list[Process]:
        kinds = [maintenance, *[worker] * workers]
        started = [kind(settings, tmp_path / f"{len(made) + n}.log") for n, kind in enumerate(kinds)]
        for process in started:
            process.start()
        made.extend(started)
        return started

    yield start
    for process in made:
        if process.exit_code is None:
            process.kill()


def fail_all(webhook_id: str) -> None:
    """As an outage leaves them."""
    with transaction() as session:
        changed = session.execute(update(Delivery).values(status=FAILED, failed_attempts=0)).rowcount
        count(session, webhook_id, failed=changed)


def start(installation, webhook_id: str) -> str:
    with installation.app.test_request_context():
        since = utc_now() - timedelta(hours=1)
        return recoveries.start(Scope(installation.space_id, webhook_id, ("failed",), since, utc_now())).id


def state(installation, recovery_id: str) -> Recovery:
    with installation.app.app_context():
        found = find_recovery(installation.space_id, recovery_id)
        db.session.expunge(found)
        return found


def wait_for_end(installation, recovery_id: str, seconds: float) -> Recovery:
    until = time.monotonic() + seconds
    while (found := state(installation, recovery_id)).is_under_way:
        assert time.monotonic() < until, f"{found.state}: {found.done} of {found.total}"
        time.sleep(0.2)
    return found


def kill_in_the_middle(
    installation, new_processes, receiver, number: int, workers: int, parts: list[int]
) -> None:
    webhook_id = installation.add_webhook(max_in_flight=50, timeout_s=2)
    ids = installation.publish(number)
    with installation.app.test_request_context():
        fail_all(webhook_id)
    recovery_id = start(installation, webhook_id)
    second_id = start(installation, webhook_id)  # two at once on one webhook
    processes = new_processes(workers)
    for part in parts:
        receiver.wait_for(part, 60)
        for process in processes:
            process.kill()
        processes = new_processes(workers)
    first = wait_for_end(installation, recovery_id, 60 + number / 50)
    second = wait_for_end(installation, second_id, 30)
    arrived = Counter(request.header("webhook-id") for request in receiver.requests)
    assert set(arrived) == set(ids)
    assert (first.state, second.state) == ("finished", "finished")
    assert first.succeeded + second.succeeded == number
    assert (first.failed, second.failed) == (0, 0)
    assert first.total == first.done
    installation.wait_until_done()
    installation.assert_promises()  # a repeat only where nobody knows the outcome
    with installation.app.app_context():
        assert db.session.query(RecoveryItem).count() == 0


@pytest.mark.databases("postgresql")
def test_kill_9_in_the_middle_of_a_small_one(installation, new_processes, receiver):
    receiver.always(Answer(200, delay_s=0.1))
    kill_in_the_middle(installation, new_processes, receiver, 200, workers=1, parts=[50])


@pytest.mark.slow_faults
def test_kill_9_in_the_middle_of_ten_thousand(installation, new_processes, receiver):
    receiver.always(Answer(200, delay_s=0.01))
    kill_in_the_middle(installation, new_processes, receiver, 10_000, workers=2, parts=[2000, 5000])


def heap(installation, webhook_id: str, number: int) -> None:
    """Failed deliveries of one event, as many as a bad week leaves."""
    with installation.app.test_request_context(), transaction() as session:
        event_id = session.query(Delivery.event_id).limit(1).scalar()
        row = {"space_id": installation.space_id, "event_id": event_id, "webhook_id": webhook_id}
        row |= {"event_type": "lead.created", "status": FAILED}
        for _ in range(number // 5000):
            rows = [{**row, "id": new_id("dlv")} for _ in range(5000)]
            session.execute(insert(Delivery), rows)
        count(session, webhook_id, triggered=number, failed=number)


def arrive(installation, receiver, path: str, times: int) -> list[float]:
    """Seconds from publishing to arrival at this path, of one event after the other."""
    took = []
    for _ in range(times):
        (event_id,) = installation.publish(1)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            got = [r for r in receiver.requests if r.path == path and r.header("webhook-id") == event_id]
            if got:
                took.append(got[0].at - installation.published_at[event_id])
                break
            time.sleep(0.01)
        time.sleep(0.05)
    assert len(took) == times
    return sorted(took)


@pytest.mark.slow_faults
def test_a_hundred_thousand_start_within_two_seconds_and_a_healthy_webhook_hardly_notices(
    installation, new_processes, receiver, new_receiver
):
    healthy = new_receiver()
    installation.add_webhook(receiver=healthy)
    path = next(iter(installation.told.paths))
    new_processes(2)
    installation.publish(1)
    installation.wait_until_done()
    large = installation.add_webhook(max_in_flight=100)
    installation.forget_wanting(large)
    with installation.app.test_request_context():
        webhooks.update(installation.space_id, large, {"events": ["deal.created"]})
    heap(installation, large, 100_000)
    before = arrive(installation, healthy, path, 40)
    receiver.forget()
    began = time.time()
    recovery_id = start(installation, large)
    first = receiver.wait_for(1, 10)[0].at - began
    during = arrive(installation, healthy, path, 40)
    done = state(installation, recovery_id).done
    assert first <= 2
    assert done > 100, "it was not under way"
    assert during[37] <= max(1.5 * before[37], before[37] + 0.1), (before[37], during[37], done)
