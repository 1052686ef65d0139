"""Recoveries: what is sent again, in which order, what is skipped, when one stops, and that nothing is sent twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.errors import Conflict, NotFound
from app.core.extensions import db
from app.core.times import utc_now
from app.models import Change, Lane, Recovery, RecoveryItem, WebhookHour
from app.models.recovery import LARGEST_WINDOW
from app.queries.recoveries.listing import find_recovery
from app.queries.recoveries.scope import Scope
from app.services import deliveries, recoveries, webhooks
from app.services.recoveries.settling import AT_ONCE
from app.services.recoveries.stepping import _learn_window
from tests.machine.receiver import Answer

HOUR = timedelta(hours=1)


@pytest.fixture
def scope_for(space_id):
    """Everything of a webhook within the last hour, of these kinds."""

    def make(webhook, *which: str, **more) -> Scope:
        return Scope(space_id, webhook.id, which or ("failed",), utc_now() - HOUR, utc_now(), **more)

    return make


@pytest.fixture
def failed(new_webhook, publish, runtime, receiver):
    """A webhook with failed events, and their ids; its receiver works again."""

    def make(count: int = 3, **settings):
        receiver.always(Answer(500))
        webhook = new_webhook(**{"retry": {"schedule": []}, "failure_limit": 1000, **settings})
        ids = [publish(data={"n": n}) for n in range(count)]
        runtime.sweep()
        receiver.always(Answer(200))
        receiver.forget()
        return webhook, ids

    return make


@pytest.fixture
def run(maintain, runtime, space_id):
    """Carries a recovery on until it has ended."""

    def do(recovery: Recovery, rounds: int = 50) -> Recovery:
        for _ in range(rounds):
            maintain()
            runtime.sweep()
            found = find_recovery(space_id, recovery.id)
            if not found.is_under_way:
                return found
        raise AssertionError(f"It goes on: {found.state} {found.done} of {found.total}")

    return do


def summary(recovery: Recovery) -> tuple[str, int, int, int, int]:
    return recovery.state, recovery.total, recovery.succeeded, recovery.failed, recovery.skipped


def counts(webhook_id: str) -> tuple[int, ...]:
    db.session.commit()
    row = db.session.get_one(WebhookHour, (webhook_id, 0), populate_existing=True)
    return row.triggered, row.delivered, row.failed, row.cancelled, row.held


def arrived(receiver) -> list[str | None]:
    return [request.header("webhook-id") for request in receiver.requests]


def test_everything_that_failed_since_arrives_once_the_oldest_first(
    failed, scope_for, run, receiver, rows, maintain, space_id
):
    webhook, ids = failed(60, max_in_flight=1)
    deliveries.resend(space_id, rows.deliveries()[5].id)
    recovery = run(recoveries.start(scope_for(webhook)))
    assert sorted(arrived(receiver)) == sorted(ids)
    others = [one for one in arrived(receiver) if one != ids[5]]
    assert others == [one for one in ids if one != ids[5]]
    assert summary(recovery) == ("finished", 59, 59, 0, 0)
    assert {a.trigger for a in rows.attempts()[60:]} == {"manual"}
    maintain()
    assert counts(webhook.id) == (60, 60, 0, 0, 0)
    assert db.session.query(RecoveryItem).count() == 0


def test_what_was_delivered_since_is_counted_and_skipped(failed, scope_for, run, runtime, rows, space_id):
    webhook, _ids = failed(3)
    deliveries.resend(space_id, rows.deliveries()[0].id)
    runtime.sweep()
    counted = recoveries.count_in(db.session(), scope_for(webhook))
    assert (counted.to_send, counted.delivered) == (2, 1)
    assert summary(run(recoveries.start(scope_for(webhook)))) == ("finished", 3, 2, 0, 1)


def test_a_recovery_of_nothing_is_not_started(failed, scope_for, new_webhook):
    with pytest.raises(Conflict) as refused:
        recoveries.start(scope_for(new_webhook()))
    assert refused.value.kind == "nothing_to_resend"
    assert "nothing to resend" in refused.value.message
    assert db.session.query(Recovery).count() == 0


@pytest.mark.parametrize(
    ("change", "kind", "first"),
    [
        (webhooks.disable, "webhook_not_on", "Turn it on first"),
        (webhooks.pause, "webhook_not_on", "Resume it first"),
        (webhooks.delete, "webhook_deleted", "was deleted"),
    ],
)
@pytest.mark.databases("sqlite")
def test_a_webhook_that_is_not_on_says_what_to_do_first(failed, scope_for, space_id, change, kind, first):
    webhook, _ids = failed(1)
    change(space_id, webhook.id)
    with pytest.raises(Conflict, match=first) as refused:
        recoveries.start(scope_for(webhook))
    assert refused.value.kind == kind


@pytest.mark.databases("sqlite")
def test_another_spaces_webhook_is_not_found(failed, scope_for):
    webhook, _ids = failed(1)
    with pytest.raises(NotFound):
        recoveries.start(replace(scope_for(webhook), space_id="spc_other"))


def test_it_stops_by_itself_after_20_failures_in_a_row(failed, scope_for, run, receiver, rows, maintain):
    webhook, _ids = failed(40, max_in_flight=1)
    receiver.always(Answer(503))
    recovery = run(recoveries.start(scope_for(webhook)))
    assert (recovery.state, recovery.stop_reason) == ("paused", "failures")
    assert 20 <= recovery.failed == len(receiver.requests)
    assert set(rows.statuses()) == {"failed"}
    maintain()
    assert counts(webhook.id) == (40, 0, 40, 0, 0)


def test_what_failed_again_can_be_resent(failed, scope_for, run, receiver, space_id):
    webhook, ids = failed(6, max_in_flight=1)
    receiver.answer(*[Answer(500)] * 3)
    first = run(recoveries.start(scope_for(webhook)))
    assert summary(first) == ("finished", 6, 3, 3, 0)
    receiver.forget()
    receiver.always(Answer(200))
    again = Scope(space_id, webhook.id, failed_of=first.id)
    assert recoveries.count_in(db.session(), again).to_send == 3
    assert summary(run(recoveries.start(again))) == ("finished", 3, 3, 0, 0)
    assert arrived(receiver) == ids[:3]


def test_stop_takes_back_what_waits(failed, scope_for, runtime, maintain, rows, space_id, receiver):
    webhook, _ids = failed(10)
    recovery = recoveries.start(scope_for(webhook))
    maintain()
    assert rows.statuses() == ["pending"] * 10
    recoveries.stop(space_id, recovery.id)
    maintain()
    runtime.sweep()
    stopped = find_recovery(space_id, recovery.id)
    assert (stopped.state, stopped.stop_reason, stopped.done) == ("stopped", "person", 0)
    assert rows.statuses() == ["failed"] * 10
    assert not receiver.requests
    maintain()
    assert counts(webhook.id) == (10, 0, 10, 0, 0)
    kinds = [c.kind for c in db.session.query(Change).filter_by(subject_id=webhook.id).order_by(Change.id)]
    assert kinds[-2:] == ["recovery_started", "recovery_stopped"]


def test_a_webhook_that_is_turned_off_ends_it(failed, scope_for, run, maintain, space_id, receiver):
    webhook, _ids = failed(5)
    recovery = recoveries.start(scope_for(webhook))
    webhooks.disable(space_id, webhook.id)
    ended = run(recovery)
    assert (ended.state, ended.stop_reason) == ("paused", "webhook_off")
    assert not receiver.requests


def test_held_events_go_by_the_schedule_as_they_would_have(
    new_webhook, publish, scope_for, run, space_id, rows, maintain
):
    webhook = new_webhook()
    webhooks.pause(space_id, webhook.id)
    for _ in range(3):
        publish()
    db.session.query(Lane).update({"held_order": None})
    db.session.commit()
    assert rows.statuses() == ["held"] * 3
    webhooks.enable(space_id, webhook.id, force=True)
    assert summary(run(recoveries.start(scope_for(webhook, "held")))) == ("finished", 3, 3, 0, 0)
    assert {a.trigger for a in rows.attempts()} == {"scheduled"}
    maintain()
    assert counts(webhook.id) == (3, 3, 0, 0, 0)


def test_never_sent_is_made_where_projects_and_conditions_of_today_hold(
    new_webhook, publish, scope_for, run, receiver, rows, maintain
):
    webhook = new_webhook(
        on=False, projects=["7"], conditions=[{"field": "n", "op": "greater", "value": "1"}]
    )
    wanted = [publish(project_id="7", data={"n": n}) for n in range(4)][2:]
    publish(project_id="8", data={"n": 9})
    publish("deal.created", project_id="7", data={"n": 9})
    webhooks.enable(webhook.space_id, webhook.id, force=True)
    counted = recoveries.count_in(db.session(), scope_for(webhook, "never_sent"))
    assert (counted.to_send, counted.never_sent, counted.may_be_fewer) == (5, 5, True)
    assert summary(run(recoveries.start(scope_for(webhook, "never_sent")))) == ("finished", 5, 2, 0, 3)
    assert arrived(receiver) == wanted
    maintain()
    assert counts(webhook.id) == (2, 2, 0, 0, 0)
    with pytest.raises(
        Conflict, match="nothing to resend"
    ):  # the others do not fit, but were never sent either
        recoveries.start(replace(scope_for(webhook, "never_sent"), event_type="deal.created"))


def test_failed_and_never_sent_go_in_the_order_in_which_they_happened(
    new_webhook, publish, scope_for, run, receiver, runtime, space_id
):
    receiver.always(Answer(500))
    webhook = new_webhook(retry={"schedule": []}, max_in_flight=1, failure_limit=1000)
    ids = [publish()]
    runtime.sweep()
    webhooks.disable(space_id, webhook.id)
    ids.append(publish())
    webhooks.enable(space_id, webhook.id, force=True)
    ids.append(publish())
    runtime.sweep()
    receiver.always(Answer(200))
    receiver.forget()
    run(recoveries.start(scope_for(webhook, "failed", "held", "never_sent")))
    assert arrived(receiver) == ids


def test_a_selection_skips_what_was_delivered(failed, run, runtime, rows, space_id):
    webhook, _ids = failed(4)
    ids = tuple(d.id for d in rows.deliveries()[:3])
    deliveries.resend(space_id, ids[0])
    runtime.sweep()
    scope = Scope(space_id, webhook.id, delivery_ids=ids)
    assert summary(run(recoveries.start(scope))) == ("finished", 3, 2, 0, 1)
    assert rows.statuses() == ["succeeded"] * 3 + ["failed"]


def test_one_first_sends_the_oldest_alone(failed, scope_for, run, receiver):
    webhook, ids = failed(5)
    assert summary(run(recoveries.start(scope_for(webhook), most=1))) == ("finished", 1, 1, 0, 0)
    assert arrived(receiver) == ids[:1]


@pytest.mark.databases("sqlite")
def test_few_wait_at_a_time_and_with_a_rate_fewer(failed, scope_for, maintain, rows):
    webhook, _ids = failed(80)
    slow = recoveries.start(scope_for(webhook), rate_per_s=2)
    maintain()
    assert rows.statuses().count("pending") == 2  # one now, one in half a second
    recoveries.stop(slow.space_id, slow.id)
    maintain()
    recoveries.start(scope_for(webhook))
    maintain()
    assert rows.statuses().count("pending") == 50


@pytest.mark.databases("sqlite")
def test_a_receiver_that_answers_all_that_a_look_counts_keeps_its_window(app):
    long_ago = utc_now() - timedelta(minutes=1)
    quick, slow = (Recovery(window_size=LARGEST_WINDOW, looked_at=long_ago) for _ in range(2))
    _learn_window(quick, LARGEST_WINDOW, AT_ONCE)
    _learn_window(slow, LARGEST_WINDOW, AT_ONCE // 2)
    assert (quick.window_size, slow.window_size) == (LARGEST_WINDOW, LARGEST_WINDOW // 2)


def test_what_a_worker_lost_is_waited_for(failed, scope_for, maintain, runtime, rows, space_id):
    """kill -9 of a worker: its outcome is not known, and the recovery waits for the next try."""
    webhook, _ids = failed(1)
    recovery = recoveries.start(scope_for(webhook))
    maintain()
    (delivery,) = rows.deliveries()
    delivery.attempts_count += 1
    delivery.last_reason = "unknown_outcome"
    db.session.commit()
    maintain()
    assert find_recovery(space_id, recovery.id).done == 0
    runtime.sweep()
    maintain()
    assert summary(find_recovery(space_id, recovery.id)) == ("finished", 1, 1, 0, 0)
