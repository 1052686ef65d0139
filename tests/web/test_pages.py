"""Every address both ways: as a page, and as the part that htmx asks for."""

from __future__ import annotations

import html
import re

import pytest

from app.sending.message.signing import new_secret, parse_secret, sign
from app.services import spaces
from tests.web.makers import make_delivery, make_webhook

WHOLE_PAGE = "<!doctype html>"

PAGES = [
    "/webhooks",
    "/webhooks/new",
    "/webhooks/{webhook}",
    "/webhooks/{webhook}/settings",
    "/webhooks/{webhook}/secret-key",
    "/webhooks/{webhook}/delete",
    "/deliveries",
    "/deliveries/{delivery}",
    "/deliveries/{delivery}/resend",
    "/inbox",
    "/help",
]
PARTS = [
    ("/webhooks", "webhooks"),
    ("/webhooks/{webhook}", "found"),
    ("/webhooks/{webhook}", "diagnosis"),
    ("/webhooks/{webhook}/secret-key", "secret-key"),
    ("/webhooks/{webhook}/delete", "modal-content"),
    ("/deliveries", "found"),
    ("/deliveries/{delivery}", "modal-content"),
    ("/deliveries/{delivery}", "log"),
    ("/deliveries/{delivery}/resend", "modal-content"),
    ("/inbox", "messages"),
]


@pytest.fixture
def fill(a_webhook, a_failed_delivery):
    """Puts the ids into an address."""
    return lambda address: address.format(webhook=a_webhook, delivery=a_failed_delivery)


@pytest.mark.parametrize("address", PAGES)
def test_a_page(admin, fill, address):
    answer = admin.get(fill(address))
    assert answer.status_code == 200
    assert answer.text.lower().count(WHOLE_PAGE) == 1
    assert {"HX-Request", "HX-Target"} <= set(answer.vary)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("address", "target"), PARTS)
def test_a_part(admin, fill, address, target):
    answer = admin.get(fill(address), target=target)
    assert answer.status_code == 200
    assert WHOLE_PAGE not in answer.text.lower()
    shown = "log" if target == "modal-content" and "deliveries" in address else target
    if shown != "modal-content":
        assert f'id="{shown}"' in answer.text


@pytest.mark.parametrize("address", PAGES)
def test_an_unknown_target_gets_the_whole_page(admin, fill, address):
    assert WHOLE_PAGE in admin.get(fill(address), target="nobody-knows").text.lower()


def test_history_gets_the_whole_page(admin, fill):
    headers = {"HX-Request": "true", "HX-Target": "found", "HX-History-Restore-Request": "true"}
    answer = admin.client.get("/deliveries", headers=headers)
    assert WHOLE_PAGE in answer.text.lower()


@pytest.mark.parametrize(
    "address", ["/webhooks/{webhook}", "/webhooks/{webhook}/settings", "/deliveries/{delivery}"]
)
def test_another_space_is_not_there(admin, app, address, fill, new_webhook, new_delivery, space_id):
    with app.test_request_context():
        other = str(spaces.create_space("Other").id)
        webhook = make_webhook(other)
        delivery = make_delivery(other, webhook)
    assert admin.get(address.format(webhook=webhook, delivery=delivery)).status_code == 404


def test_the_start_is_the_home_of_the_space(admin):
    answer = admin.get("/")
    assert answer.status_code == 200
    assert '<h1 class="mb-3">Acme</h1>' in answer.text


@pytest.mark.parametrize("chosen", ["light", "dark"])
def test_the_theme_is_kept_in_a_cookie(admin, chosen):
    answer = admin.post("/theme", theme=chosen, next="/deliveries?status=failed")
    assert answer.location == "/deliveries?status=failed"
    assert f'data-bs-theme="{chosen}"' in admin.get("/webhooks").text
    admin.post("/theme", theme="")
    assert "data-bs-theme" not in admin.get("/webhooks").text


@pytest.mark.parametrize(
    "away", ["//evil.example", "/\\evil.example", "https://evil.example", "", "/\r\nx: y"]
)
def test_the_theme_never_leads_away(admin, away):
    assert admin.post("/theme", theme="dark", next=away).location == "/"


def test_nothing_in_a_page_is_inline(admin, fill):
    for address in PAGES:
        text = admin.get(fill(address)).text
        assert "<style" not in text
        assert " style=" not in text
        assert "hx-on" not in text
        assert "<script>" not in text
        assert 'src="http' not in text


@pytest.mark.databases("sqlite")
def test_the_example_for_receivers_works(client):
    """What the help page tells a receiver's developer to run tells a genuine message from another."""

    program = html.unescape(re.search(r"<pre[^>]*>(import.*?)</pre>", client.get("/help").text, re.DOTALL)[1])
    names: dict = {}
    exec(program, names)
    secret, body = new_secret(), b'{"a":1}'
    headers = {"webhook-id": "evt_1", "webhook-timestamp": "1614265330"}
    headers["webhook-signature"] = sign(
        "evt_1", 1614265330, body, [parse_secret(new_secret()), parse_secret(secret)]
    )
    assert names["is_genuine"](secret, headers, body)
    assert not names["is_genuine"](secret, headers, body + b" ")
