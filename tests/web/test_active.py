"""The switch "Active" of the form, and the words Unconfirmed and Confirmed (R49, S0)."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from app.services import webhooks
from tests.machine.receiver import Answer

pytestmark = pytest.mark.databases("sqlite")

FORM = {"name": "CRM sync", "events": "lead.created"}


@pytest.fixture
def state_of(app, space_id):
    """state and state_reason of the webhook at a page."""

    def read(page: str) -> tuple[str, str | None]:
        with app.test_request_context():
            webhook = webhooks.find(space_id, page.split("?")[0].rpartition("/")[2])
            return webhook.state, webhook.state_reason

    return read


def test_ticked_it_is_turned_on_after_our_test_message(admin, receiver, state_of):
    page = admin.post("/webhooks/new", **FORM, url=receiver.url, active=["", "1"], was_active="").location
    assert state_of(page) == ("on", None)
    settings = page.split("?")[0] + "/settings"
    assert 'name="was_active" value="1"' in admin.get(settings).text
    admin.post(settings, active="", was_active="1")
    assert state_of(page) == ("off", None)


def test_a_form_that_is_saved_unchanged_leaves_what_happened_meanwhile(
    admin, receiver, state_of, app, space_id
):
    page = admin.post("/webhooks/new", **FORM, url=receiver.url, active=["", "1"], was_active="").location
    admin.post(page.split("?")[0] + "/disable")
    admin.post(page.split("?")[0] + "/settings", name="Renamed", active=["", "1"], was_active="1")
    assert state_of(page) == ("off", None)


def test_what_fails_our_test_message_stays_off_and_says_so(admin, receiver, state_of):
    receiver.answer(Answer(500))
    answer = admin.post("/webhooks/new", **FORM, url=receiver.url, active=["", "1"], was_active="")
    assert state_of(answer.location) == ("off", None)
    assert "did not accept our test message" in admin.get(answer.location).text


def test_unconfirmed_and_confirmed_are_said(admin, client, receiver):
    answer = admin.post("/webhooks/new", **FORM, url=receiver.url, verification="confirmation")
    page = answer.location.split("?")[0]
    for shown in (page, f"{page}/settings"):
        assert "Unconfirmed" in admin.get(shown).text
    assert "Its receiver has not confirmed yet" in admin.get(page).text
    client.get(urlsplit(receiver.requests[-1].json()["data"]["confirmation_url"]).path)
    for shown in (page, f"{page}/settings"):
        text = admin.get(shown).text
        assert "Confirmed" in text and "Unconfirmed" not in text
