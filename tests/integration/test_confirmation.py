"""A receiver confirms by following the link that was sent to it; until then nothing is sent (A14, S0)."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from app.core.errors import Conflict
from app.core.extensions import db
from app.core.times import utc_now
from app.models import Confirmation
from app.queries.changes import changes_of
from app.queries.events.finding import event_detail
from app.services import webhooks
from app.services.webhooks.confirmation import follow
from tests.machine.receiver import Answer
from tests.machine.together import all_at_once


@pytest.fixture
def unconfirmed(new_webhook, space_id):
    """Makes webhooks that are active and wait for their receiver."""

    def make(**settings):
        made = new_webhook(on=False, verification="confirmation", **settings)
        return webhooks.enable(space_id, made.id)

    return make


@pytest.fixture
def link(receiver):
    """The path of the link in the newest message to the receiver."""

    def newest() -> str:
        return urlsplit(receiver.requests[-1].json()["data"]["confirmation_url"]).path

    return newest


def states(webhook) -> tuple[str, str, str | None]:
    return webhook.state, webhook.status, webhook.confirmation


def test_an_active_one_works_once_the_link_is_followed(
    client, unconfirmed, link, receiver, publish, runtime, rows, space_id
):
    webhook = unconfirmed(method="GET")
    assert states(webhook) == ("off", "unconfirmed", "unconfirmed")
    asked = receiver.requests[0]
    assert (asked.method, asked.json()["type"]) == ("POST", "hookdesk.confirmation")
    assert asked.header("content-type") == "application/json"
    assert asked.header("webhook-signature")
    early = publish()
    runtime.sweep()
    assert rows.deliveries() == []
    assert [(n.webhook_id, n.reason) for n in event_detail(space_id, early).not_sent] == [
        (webhook.id, "unconfirmed")
    ]

    answer = client.get(link())
    assert (answer.status_code, "Confirmed" in answer.text) == (200, True)
    assert webhook.id not in answer.text and "CRM sync" not in answer.text and "Acme" not in answer.text
    assert states(rows.webhook(webhook.id)) == ("on", "working", "confirmed")
    publish()
    runtime.sweep()
    assert rows.statuses() == ["succeeded"]
    changes = changes_of(space_id, webhook.id).changes
    assert {c.kind for c in changes} == {"created", "asked", "waits", "confirmed", "turned_on"}
    confirmed = next(c for c in changes if c.kind == "confirmed")
    assert (confirmed.actor_kind, confirmed.address) == ("receiver", "127.0.0.1")


@pytest.mark.databases("sqlite")
def test_a_link_counts_once_and_says_so_when_it_is_followed_again(
    client, unconfirmed, link, receiver, rows, space_id
):
    webhook = unconfirmed()
    first = link()
    assert client.head(first).status_code == 200
    assert rows.webhook(webhook.id).confirmed_at is None  # HEAD is no answer
    assert client.get(first).status_code == 200
    again = client.get(first)
    assert (again.status_code, "Confirmed already" in again.text) == (200, True)
    assert len([c for c in changes_of(space_id, webhook.id).changes if c.kind == "confirmed"]) == 1

    webhooks.update(space_id, webhook.id, {"url": receiver.at("/new")})
    assert states(rows.webhook(webhook.id)) == ("paused", "unconfirmed", "unconfirmed")
    used = client.get(first)
    assert (used.status_code, "no longer counts" in used.text, "Send again" in used.text) == (410, True, True)
    assert rows.webhook(webhook.id).confirmed_at is None
    assert receiver.requests[-1].path == "/new"
    assert client.get(link()).status_code == 200
    assert states(rows.webhook(webhook.id)) == ("on", "working", "confirmed")


@pytest.mark.databases("sqlite")
def test_after_three_days_it_has_expired_and_can_be_sent_again(client, unconfirmed, link, rows, space_id):
    webhook = unconfirmed()
    old = link()
    sent = db.session.query(Confirmation).one()
    assert timedelta(days=2, hours=23) < sent.expires_at - utc_now() <= timedelta(days=3)
    sent.expires_at = utc_now() - timedelta(seconds=1)
    db.session.commit()
    late = client.get(old)
    assert (late.status_code, "expired" in late.text, "Send again" in late.text) == (410, True, True)
    webhooks.ask_for_confirmation(space_id, webhook.id)
    assert "no longer counts" in client.get(old).text
    assert client.get(link()).status_code == 200
    assert rows.webhook(webhook.id).state == "on"


@pytest.mark.databases("sqlite")
def test_only_the_newest_link_counts(client, unconfirmed, link, rows, space_id):
    webhook = unconfirmed()
    first = link()
    webhooks.ask_for_confirmation(space_id, webhook.id)
    assert client.get(first).status_code == 410
    assert rows.webhook(webhook.id).state == "off"
    assert client.get(link()).status_code == 200


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("token", ["x", "x" * 500, "%00", "' or 1=1 --", "é"])
def test_an_unknown_link_says_what_to_do(client, token):
    answer = client.get(f"/confirm/{token}")
    assert answer.status_code == 404
    assert "We do not know this link" in answer.text


def test_of_two_who_follow_at_once_one_confirms(app, unconfirmed, link, space_id):
    webhook = unconfirmed()
    token = link().rpartition("/")[2]
    outcomes = all_at_once(app, lambda: follow(token, "").outcome)
    db.session.commit()
    assert sorted(outcomes) == ["already", "already", "already", "confirmed"]
    assert len([c for c in changes_of(space_id, webhook.id).changes if c.kind == "confirmed"]) == 1


def test_a_new_address_holds_what_happens_and_sends_it_afterwards(
    client, new_webhook, link, receiver, publish, runtime, maintain, rows, space_id
):
    webhook = new_webhook(max_in_flight=1)
    webhooks.update(space_id, webhook.id, {"verification": "confirmation"})
    waited = [publish(), publish()]
    runtime.sweep()
    assert rows.statuses() == ["held", "held"]
    with pytest.raises(Conflict):
        webhooks.resume(space_id, webhook.id)
    assert rows.webhook(webhook.id).status == "unconfirmed"
    path = link()
    receiver.forget()
    client.get(path)
    maintain()
    runtime.sweep()
    assert [r.header("webhook-id") for r in receiver.requests] == waited
    assert rows.statuses() == ["succeeded"] * 2


@pytest.mark.databases("sqlite")
def test_turning_off_while_it_waits_and_on_again(client, unconfirmed, link, receiver, rows, space_id):
    webhook = unconfirmed()
    first = link()
    webhooks.disable(space_id, webhook.id)
    assert states(rows.webhook(webhook.id)) == ("off", "off", "unconfirmed")
    client.get(first)
    assert states(rows.webhook(webhook.id)) == (
        "off",
        "off",
        "confirmed",
    )  # confirmed, and off as it was told
    assert webhooks.enable(space_id, webhook.id).state == "on"

    webhooks.update(space_id, webhook.id, {"url": receiver.at("/other")})
    webhooks.disable(space_id, webhook.id)
    asked = len(receiver.requests)
    again = webhooks.enable(space_id, webhook.id, force=True)
    assert again.status == "unconfirmed"
    webhooks.enable(space_id, webhook.id)
    assert (
        len(receiver.requests) == asked
    )  # the link it has still counts  # a link that still counts is not sent again
    client.get(link())
    assert rows.webhook(webhook.id).state == "on"


@pytest.mark.databases("sqlite")
def test_without_verification_it_is_on_at_once(new_webhook, receiver, space_id, rows):
    webhook = new_webhook(on=False, verification="none")
    assert webhooks.enable(space_id, webhook.id).state == "on"
    assert receiver.requests == []
    with pytest.raises(Conflict):
        webhooks.ask_for_confirmation(space_id, webhook.id)


@pytest.mark.databases("sqlite")
def test_no_more_confirmation_asked_for(client, unconfirmed, link, rows, space_id):
    webhook = unconfirmed()
    path = link()
    webhooks.update(space_id, webhook.id, {"verification": "ping"})
    assert states(rows.webhook(webhook.id)) == ("off", "off", None)
    assert client.get(path).status_code == 410
    assert rows.webhook(webhook.id).state == "off"


@pytest.mark.databases("sqlite")
def test_the_link_is_in_nothing_that_is_kept(unconfirmed, link, receiver, rows):
    receiver.always(Answer(200))
    unconfirmed()
    token = link().rpartition("/")[2]
    attempt = rows.attempts()[-1]
    assert attempt.trigger == "ping"
    assert b"confirmation_url" in attempt.request_body
    kept = b"".join(
        bytes(v) if isinstance(v, bytes) else str(v).encode()
        for table in Confirmation.metadata.sorted_tables
        for row in db.session.execute(table.select())
        for v in row
    )
    assert token.encode() not in kept


@pytest.mark.databases("sqlite")
def test_in_the_format_of_sns_a_handler_visits_the_subscribe_url(
    client, unconfirmed, receiver, rows, publish, runtime
):
    webhook = unconfirmed(format="sns")
    asked = receiver.requests[-1]
    envelope = asked.json()
    assert asked.header("x-amz-sns-message-type") == envelope["Type"] == "SubscriptionConfirmation"
    assert envelope["SubscribeURL"].endswith(envelope["Token"])
    assert envelope["Token"].encode() not in rows.attempts()[-1].request_body
    assert client.get(urlsplit(envelope["SubscribeURL"]).path).status_code == 200
    assert rows.webhook(webhook.id).state == "on"
    publish()
    runtime.sweep()
    assert receiver.requests[-1].json()["Type"] == "Notification"


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("name", ["space", "notification", "plain"])
def test_every_format_carries_the_link(client, unconfirmed, receiver, rows, name):
    webhook = unconfirmed(format=name)
    found = re.search(rb"http://localhost/confirm/[\w-]+", receiver.requests[-1].body.replace(b"\\/", b"/"))
    assert client.get(urlsplit(found[0].decode()).path).status_code == 200
    assert rows.webhook(webhook.id).state == "on"


@pytest.mark.databases("sqlite")
def test_a_deleted_webhook_is_confirmed_by_nobody(client, unconfirmed, link, space_id):
    webhook = unconfirmed()
    path = link()
    webhooks.delete(space_id, webhook.id)
    assert client.get(path).status_code == 404
