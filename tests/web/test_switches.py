"""On and off, pause and resume, delete, the secret key; with htmx and without."""

from __future__ import annotations

import re

import pytest

from app.core.extensions import db
from app.models import Delivery, SigningSecret, Webhook
from tests.machine.receiver import Answer

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def state_of(app):
    """The state of a webhook now."""

    def read(webhook_id: str) -> str:
        with app.test_request_context():
            return db.session.get(Webhook, webhook_id).state

    return read


def test_turn_on_with_a_ping(admin, new_webhook, receiver, state_of):
    webhook_id = new_webhook(state="off", url=receiver.url)
    answer = admin.post(f"/webhooks/{webhook_id}/enable", on="list")
    assert (answer.status_code, answer.location) == (303, "/webhooks")
    assert "CRM sync is on." in admin.get("/webhooks").text
    assert receiver.requests[0].json()["data"]["ping"] is True
    assert state_of(webhook_id) == "on"


@pytest.mark.parametrize("target", [None, "diagnosis"])
def test_a_refused_ping_says_why_and_offers_anyway(admin, new_webhook, receiver, state_of, target):
    receiver.always(Answer(401, b'{"error":"who are you"}'))
    webhook_id = new_webhook(state="off", url=receiver.url)
    answer = admin.post(f"/webhooks/{webhook_id}/enable", target=target)
    assert answer.status_code == 409
    assert "It stays off" in answer.text
    assert "did not accept our password or key." in answer.text
    assert "who are you" in answer.text
    assert "Turn on anyway" in answer.text
    assert state_of(webhook_id) == "off"
    admin.post(f"/webhooks/{webhook_id}/enable", force="1")
    assert state_of(webhook_id) == "on"


def test_a_refused_ping_in_the_list_stays_in_its_row(admin, new_webhook, receiver):
    receiver.always(Answer(503))
    webhook_id = new_webhook(state="off", url=receiver.url)
    answer = admin.post(f"/webhooks/{webhook_id}/enable", target=f"row-{webhook_id}", on="list")
    assert answer.status_code == 409
    assert f'id="row-{webhook_id}"' in answer.text
    assert "is down or overloaded." in answer.text
    assert "None" not in re.sub(r"<[^>]*>", "", answer.text)


def test_a_switch_in_the_list_answers_with_its_row(admin, a_webhook, state_of):
    answer = admin.post(f"/webhooks/{a_webhook}/disable", target=f"row-{a_webhook}", on="list")
    assert answer.text.lstrip().startswith("<tr")
    assert "CRM sync is off." in answer.text
    assert "<!doctype" not in answer.text
    assert state_of(a_webhook) == "off"


@pytest.mark.parametrize(("held", "status"), [("send", "pending"), ("skip", "cancelled")])
def test_pause_and_go_on(admin, a_webhook, new_delivery, app, state_of, held, status):
    admin.post(f"/webhooks/{a_webhook}/pause")
    assert state_of(a_webhook) == "paused"
    delivery_id = new_delivery(a_webhook, "held")
    page = admin.get(f"/webhooks/{a_webhook}").text
    assert "1 event is waiting." in page
    admin.post(f"/webhooks/{a_webhook}/resume", held=held)
    with app.test_request_context():
        assert db.session.get(Delivery, delivery_id).status == status
    assert state_of(a_webhook) == "on"


def test_what_waited_is_offered_after_turning_on(admin, a_webhook, new_delivery):
    new_delivery(a_webhook, "held")
    page = admin.get(f"/webhooks/{a_webhook}").text
    assert "Send the 1 that waited" in page
    assert "Skip it" in page


def test_a_switch_that_clashes_is_said(admin, new_webhook):
    webhook_id = new_webhook(state="off")
    answer = admin.post(f"/webhooks/{webhook_id}/pause", target="diagnosis")
    assert answer.status_code == 409
    assert "Only a webhook that is on can be paused." in answer.text


def test_delete_asks_and_keeps_the_history(admin, a_webhook, new_delivery):
    delivery_id = new_delivery(a_webhook, "held")
    assert "1 event that waits is cancelled." in admin.get(f"/webhooks/{a_webhook}/delete").text
    assert admin.post(f"/webhooks/{a_webhook}/delete").location == "/webhooks"
    assert "No webhooks yet" in admin.get("/webhooks").text
    assert admin.get(f"/deliveries/{delivery_id}").status_code == 200
    page = admin.get(f"/webhooks/{a_webhook}").text
    assert "It was deleted on" in page
    assert "Turn on" not in page
    assert admin.get(f"/webhooks/{a_webhook}/settings").status_code == 404


def test_the_secret_key_is_rotated_with_an_overlap(admin, a_webhook, app):
    before = _key(admin, a_webhook)
    admin.post(f"/webhooks/{a_webhook}/secret-key")
    assert _key(admin, a_webhook) != before
    assert "The old key goes on signing" in admin.get(f"/webhooks/{a_webhook}/secret-key").text
    admin.post(f"/webhooks/{a_webhook}/secret-key/end-old")
    assert "The old key goes on signing" not in admin.get(f"/webhooks/{a_webhook}/secret-key").text
    with app.test_request_context():
        assert db.session.query(SigningSecret).count() == 1


def test_the_secret_key_is_not_on_the_settings_page(admin, a_webhook):
    assert "whsec_" not in admin.get(f"/webhooks/{a_webhook}/settings").text


@pytest.mark.parametrize("act", ["enable", "disable", "pause", "resume", "delete", "secret-key"])
def test_support_may_not(support, a_webhook, act):
    assert support.post(f"/webhooks/{a_webhook}/{act}").status_code == 403


def _key(admin, webhook_id: str) -> str:
    return re.search(r"whsec_[\w+/=]+", admin.get(f"/webhooks/{webhook_id}/secret-key").text)[0]
