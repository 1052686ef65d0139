"""A key pair in the form and on the page of its webhook: the public part is shown, the other never (R48)."""

from __future__ import annotations

import pytest

from app.services import webhooks

pytestmark = pytest.mark.databases("sqlite")


def test_it_is_chosen_in_the_form_and_its_public_key_is_shown(admin, app, space_id):
    answer = admin.post(
        "/webhooks/new", name="A", url="https://a.example/", events="lead.created", signature="v1a"
    )
    page = answer.location.split("?")[0]
    with app.test_request_context():
        webhook = webhooks.find(space_id, page.rpartition("/")[2])
        public, secret = webhooks.public_key(webhook), webhooks.reveal_secret(space_id, webhook.id)
    shown = admin.get(f"{page}/settings").text
    assert 'id="signature-v1a" value="v1a" checked' in shown
    for text in (shown, admin.get(f"{page}/secret-key").text):
        assert public in text and secret not in text
