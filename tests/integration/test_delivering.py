"""From a published event to what the receiver got and what is kept of it."""

from __future__ import annotations

import base64

import orjson
import pytest
import standardwebhooks
import svix

from app.core.errors import Invalid
from app.core.extensions import db
from app.services import deliveries, webhooks
from tests.machine.receiver import Answer


def test_an_event_arrives_signed_and_is_kept(new_webhook, publish, runtime, receiver, rows, space_id):
    webhook = new_webhook()
    event_id = publish(data={"id": 4711, "name": "Zoë ✓"}, object_id="4711")
    assert runtime.sweep() == 1
    got = receiver.wait_for(1)[0]
    assert got.method == "POST"
    assert got.header("content-type") == "application/json"
    assert got.header("user-agent").startswith("Hookdesk/")
    assert got.header("webhook-id") == event_id
    body = got.json()
    assert body["type"] == "lead.created"
    assert body["data"] == {"id": 4711, "name": "Zoë ✓"}
    secret = webhooks.reveal_secret(space_id, webhook.id)
    headers = {name.lower(): value for name, value in got.headers}
    standardwebhooks.Webhook(secret).verify(got.body, headers)
    svix.Webhook(secret).verify(got.body, headers)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(secret).verify(got.body.replace(b"4711", b"4712"), headers)
    delivery = rows.deliveries()[0]
    assert (delivery.status, delivery.attempts_count, delivery.last_status) == ("succeeded", 1, 200)
    attempt = rows.attempts()[0]
    assert attempt.request_body == got.body
    assert dict(orjson.loads(attempt.request_headers))["webhook-id"] == event_id
    assert (attempt.status, attempt.outcome, attempt.reason) == (200, "succeeded", None)


def test_each_matching_webhook_gets_one_delivery(new_webhook, publish, runtime, receiver, rows):
    first, second = new_webhook(), new_webhook(name="Second")
    new_webhook(events=["contact.created"])
    new_webhook(projects=["7"])
    new_webhook(on=False)
    publish()
    runtime.sweep()
    assert {d.webhook_id for d in rows.deliveries()} == {first.id, second.id}
    assert len(receiver.wait_for(2)) == 2


def test_a_webhook_limited_to_projects_gets_only_theirs(new_webhook, publish, runtime, rows):
    new_webhook(projects=["7"])
    publish(project_id=7)
    publish(project_id="8")
    assert len(rows.deliveries()) == 1


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_get_and_delete_carry_the_values_in_the_address(method, new_webhook, publish, runtime, receiver):
    new_webhook(method=method, url=receiver.at("/in?team=a%20b"))
    publish(data={"id": 1, "contact": {"email": "a+b@example.com"}, "tags": ["x", "y"], "none": None})
    runtime.sweep()
    got = receiver.wait_for(1)[0]
    assert got.method == method
    assert got.body == b""
    assert got.path.startswith("/in?team=a%20b&type=lead.created&timestamp=")
    assert got.path.endswith("&id=1&contact.email=a%2Bb%40example.com&tags=x&tags=y&none=")
    assert got.header("webhook-signature")


def test_an_address_that_grew_longer_than_anybody_may_type_is_sent_to(
    new_webhook, publish, runtime, receiver
):
    new_webhook(method="GET")
    publish(data={"comment": "x" * 7000})
    runtime.sweep()
    assert receiver.wait_for(1)[0].path.endswith("&comment=" + "x" * 7000)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_put_and_patch_carry_the_body(method, new_webhook, publish, runtime, receiver):
    new_webhook(method=method)
    publish()
    runtime.sweep()
    assert receiver.wait_for(1)[0].method == method


def test_basic_authentication_and_own_headers_go_out_and_are_masked_in_what_is_kept(
    new_webhook, publish, runtime, receiver, rows
):
    new_webhook(
        auth={"kind": "basic", "username": "ada", "password": "s3cret-pass"},
        headers={"X-Api-Key": "key-123456", "X-Team": "blue"},
    )
    receiver.always(Answer(200, b"you sent s3cret-pass and key-123456", [("X-Echo", "key-123456")]))
    publish()
    runtime.sweep()
    got = receiver.wait_for(1)[0]
    token = base64.b64encode(b"ada:s3cret-pass").decode()
    assert got.header("authorization") == f"Basic {token}"
    assert got.header("x-api-key") == "key-123456"
    assert got.header("x-team") == "blue"
    attempt = rows.attempts()[0]
    kept = attempt.request_headers + attempt.response_headers + attempt.response_body + attempt.facts
    for secret in (b"s3cret-pass", b"key-123456", token.encode()):
        assert secret not in kept
    assert b"blue" in kept


def test_paused_events_are_held_and_sent_in_order_or_skipped(
    new_webhook, publish, runtime, receiver, rows, space_id
):
    webhook = new_webhook(max_in_flight=1)
    webhooks.pause(space_id, webhook.id)
    ids = [publish() for _ in range(5)]
    runtime.sweep()
    assert rows.statuses() == ["held"] * 5
    assert receiver.requests == []
    webhooks.resume(space_id, webhook.id, "send")
    runtime.sweep()
    assert [r.header("webhook-id") for r in receiver.requests] == ids
    webhooks.pause(space_id, webhook.id)
    publish()
    webhooks.resume(space_id, webhook.id, "skip")
    runtime.sweep()
    assert rows.statuses()[-1] == "cancelled"
    assert len(receiver.requests) == 5


def test_deleting_cancels_what_waits_and_keeps_the_history(
    new_webhook, publish, runtime, receiver, rows, space_id
):
    webhook = new_webhook()
    publish()
    runtime.sweep()
    webhooks.pause(space_id, webhook.id)
    publish()
    webhooks.delete(space_id, webhook.id)
    runtime.sweep()
    assert rows.statuses() == ["succeeded", "cancelled"]
    assert len(rows.attempts()) == 1


def test_both_signatures_go_out_during_a_rotation(new_webhook, publish, runtime, receiver, space_id):
    webhook = new_webhook()
    old = webhooks.reveal_secret(space_id, webhook.id)
    new = webhooks.rotate_secret(space_id, webhook.id, overlap_s=3600)
    publish()
    runtime.sweep()
    got = receiver.wait_for(1)[0]
    headers = {name.lower(): value for name, value in got.headers}
    for secret in (old, new):
        standardwebhooks.Webhook(secret).verify(got.body, headers)
    webhooks.end_old_secrets(space_id, webhook.id)
    publish()
    runtime.sweep()
    got = receiver.wait_for(2)[1]
    headers = {name.lower(): value for name, value in got.headers}
    standardwebhooks.Webhook(new).verify(got.body, headers)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(old).verify(got.body, headers)


def test_an_edited_webhook_sends_to_its_new_address_at_the_next_try(
    new_webhook, publish, runtime, receiver, rows, space_id
):
    webhook = new_webhook()
    receiver.answer(Answer(500))
    publish()
    runtime.sweep()
    webhooks.update(space_id, webhook.id, {"url": receiver.at("/new")})
    rows.make_due()
    runtime.sweep()
    assert [r.path for r in receiver.requests] == ["/hook", "/new"]
    assert [a.url for a in rows.attempts()] == [receiver.url, receiver.at("/new")]


def test_data_too_long_for_an_address_fails_without_a_request(new_webhook, publish, runtime, receiver, rows):
    new_webhook(method="GET", retry={"schedule": []})
    publish(data={"note": "x" * 9000})
    publish(data={"note": "short"})
    runtime.sweep()
    assert sorted(rows.statuses()) == ["failed", "succeeded"]
    assert rows.attempts()[0].reason == "too_large" or rows.attempts()[1].reason == "too_large"
    assert len(receiver.requests) == 1


def test_counts_are_true(new_webhook, publish, runtime, maintain, receiver, rows, space_id):
    from app.models import WebhookHour

    webhook = new_webhook(retry={"schedule": []}, failure_limit=1000)
    receiver.answer(Answer(500), Answer(500))
    for _ in range(5):
        publish()
    runtime.sweep()
    failed = next(d for d in rows.deliveries() if d.status == "failed")
    deliveries.resend(space_id, failed.id)
    runtime.sweep()
    maintain()
    db.session.commit()
    total = db.session.get_one(WebhookHour, (webhook.id, 0), populate_existing=True)
    assert (total.triggered, total.delivered, total.failed, total.held) == (5, 4, 1, 0)
    assert (total.attempts_ok, total.attempts_failed) == (4, 2)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_beyond_the_calendar_is_refused(moment, publish, rows):
    with pytest.raises(Invalid) as refused:
        publish(occurred_at=moment)
    assert [e.field for e in refused.value.errors] == ["occurred_at"]
    assert rows.deliveries() == []


def test_what_waits_too_long_in_memory_is_given_back_and_sent_once(
    runtime, new_webhook, publish, receiver, rows, monkeypatch
):
    """64 are sent at once, and no more; what waits too long is for whoever comes first."""
    monkeypatch.setattr("app.sending.engine.claimed_work.UNSENT_S", 0.05)
    monkeypatch.setattr("app.sending.engine.window.LOOK_EVERY_S", 60)
    receiver.always(Answer(200, delay_s=0.3))
    for _ in range(40):
        new_webhook()
    for _ in range(2):
        publish()
    given_back: list[int] = []
    ledger = runtime._engine._database_worker._ledger
    give_back = ledger.give_back
    monkeypatch.setattr(
        ledger,
        "give_back",
        lambda claimed, token: given_back.append(len(claimed)) or give_back(claimed, token),
    )
    runtime.sweep()
    assert sum(given_back) > 0
    assert rows.statuses() == ["succeeded"] * 80
    assert len(rows.attempts()) == len(receiver.requests) == 80
