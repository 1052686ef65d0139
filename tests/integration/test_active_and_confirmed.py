"""A webhook that asks for a confirmation works once it is active and confirmed, in any order (R49, S0)."""

from __future__ import annotations

import threading
from pkgutil import resolve_name
from urllib.parse import urlsplit

import pytest

from app.services import webhooks
from tests.machine.receiver import Answer

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def asked(new_webhook):
    """A webhook that was never turned on, whose receiver has its link."""
    return new_webhook(on=False, verification="confirmation")


def follow_newest(client, receiver) -> int:
    return client.get(urlsplit(receiver.requests[-1].json()["data"]["confirmation_url"]).path).status_code


def test_the_link_alone_turns_nothing_on(client, asked, receiver, rows, publish, runtime):
    assert (asked.state, asked.confirmation) == ("off", "unconfirmed")
    assert follow_newest(client, receiver) == 200
    webhook = rows.webhook(asked.id)
    assert (webhook.state, webhook.status, webhook.confirmation) == ("off", "off", "confirmed")
    publish()
    runtime.sweep()
    assert rows.deliveries() == []


def test_confirmed_first_then_active(client, asked, receiver, rows, space_id):
    follow_newest(client, receiver)
    assert webhooks.enable(space_id, asked.id).state == "on"
    assert len(receiver.requests) == 1


def test_active_first_then_confirmed(client, asked, receiver, rows, space_id):
    waits = webhooks.enable(space_id, asked.id)
    assert (waits.state, waits.status) == ("off", "unconfirmed")
    assert len(receiver.requests) == 1  # the link it has still counts
    follow_newest(client, receiver)
    assert rows.webhook(asked.id).state == "on"


def test_a_link_that_did_not_arrive_is_sent_again_when_it_is_turned_on(new_webhook, receiver, space_id):
    receiver.answer(Answer(500))
    made = new_webhook(on=False, verification="confirmation")
    webhooks.enable(space_id, made.id)
    assert len(receiver.requests) == 2


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.parametrize("step", ["_wait_for_confirmation", "confirmation.wait", "confirmation.has_link"])
def test_a_receiver_that_confirms_while_it_is_turned_on(
    client, asked, receiver, rows, space_id, monkeypatch, step
):
    """Just before that step; as one does that follows the link within the same moment."""
    name = f"app.services.webhooks.lifecycle.{step}"
    really = resolve_name(name)

    def follows_first(*arguments):
        if step == "confirmation.wait":  # its own request has to wait for this transaction
            raced.append(threading.Thread(target=follow_newest, args=(client, receiver)))
            raced[0].start()
        else:
            assert follow_newest(client, receiver) == 200
        return really(*arguments)

    raced = []
    monkeypatch.setattr(name, follows_first)
    webhooks.enable(space_id, asked.id)
    for thread in raced:
        thread.join()
    webhook = rows.webhook(asked.id)
    assert (webhook.state, webhook.confirmation) == ("on", "confirmed")


def test_turned_off_while_it_waits_the_link_only_confirms(client, asked, receiver, rows, space_id):
    webhooks.enable(space_id, asked.id)
    webhooks.disable(space_id, asked.id)
    follow_newest(client, receiver)
    webhook = rows.webhook(asked.id)
    assert (webhook.state, webhook.confirmation) == ("off", "confirmed")
