"""The form of a webhook: what is typed stays, what is wrong is said, Test shows what came back."""

from __future__ import annotations

import re

import pytest

from app.core.extensions import db
from app.models import Webhook
from app.services import webhooks as service

pytestmark = pytest.mark.databases("sqlite")

GOOD = {
    "name": "CRM sync",
    "url": "https://crm.example.com/hook",
    "events": ["lead.created", "deal.created"],
    "method": "POST",
    "projects": "12, 14",
    "auth_kind": "none",
    "header_name": ["X-Team", "", ""],
    "header_value": ["sales", "", ""],
    "success_rule": "2xx",
    "timeout_s": "7",
    "retry": "own",
    "retry_own": "60, 300",
    "failure_limit": "20",
    "failure_window_min": "15",
    "rate_per_s": "25",
    "max_in_flight": "3",
    "ordered": "1",
}


@pytest.fixture
def settings_now(app):
    """The settings of the only webhook."""

    def read() -> dict:
        with app.test_request_context():
            return service.settings_of(db.session.query(Webhook).one())

    return read


def test_everything_typed_is_saved(admin, settings_now):
    answer = admin.post("/webhooks/new", **GOOD)
    assert answer.status_code == 303
    assert re.fullmatch(r"/webhooks/whk_\w+\?new=1", answer.location)
    assert settings_now() == {
        "name": "CRM sync",
        "url": "https://crm.example.com/hook",
        "events": ["deal.created", "lead.created"],
        "method": "POST",
        "projects": ["12", "14"],
        "conditions": [],
        "auth": {"kind": "none", "username": ""},
        "headers": {"X-Team": "sales"},
        "payload": {"mode": "raw", "fields": []},
        "format": "standard",
        "sns": {"signature_version": "1"},
        "signature": "v1",
        "success": {"rule": "2xx"},
        "timeout_s": 7,
        "retry": {"schedule": [60, 300]},
        "failure_limit": 20,
        "failure_window_s": 900,
        "back_by_itself": False,
        "verification": "ping",
        "rate_per_s": 25,
        "max_in_flight": 3,
        "ordered": True,
    }


@pytest.mark.parametrize(
    ("typed", "seconds", "shown"), [("0", 0, "0"), ("1.5", 90, "1.5"), ("1,5", 90, "1.5"), ("20", 1200, "20")]
)
def test_minutes_keep_their_seconds(admin, settings_now, typed, seconds, shown):
    location = admin.post("/webhooks/new", **{**GOOD, "failure_window_min": typed}).location.split("?")[0]
    assert settings_now()["failure_window_s"] == seconds
    assert (
        f'value="{shown}"' in admin.get(f"{location}/settings").text.split('id="f-failure_window_s"')[1][:200]
    )


def test_a_new_webhook_is_off_and_shows_its_secret_key(admin):
    page = admin.get(admin.post("/webhooks/new", **GOOD).location).text
    assert "Saved. It is off." in page
    assert "whsec_" in page
    assert "Turn on" in page


def test_an_empty_form_says_what_to_type_and_keeps_the_rest(admin):
    answer = admin.post("/webhooks/new", **{**GOOD, "name": "", "url": "", "events": []})
    assert answer.status_code == 422
    for sentence in ("Enter a name for this webhook.", "Enter a web address", "Choose at least one event."):
        assert answer.text.count(sentence) == 2, sentence  # in the summary and beside the field
    assert 'href="#f-url"' in answer.text
    assert 'id="f-url"' in answer.text
    assert 'value="12, 14"' in answer.text
    assert 'value="X-Team"' in answer.text


@pytest.mark.parametrize(
    ("field", "value", "anchor"),
    [
        ("url", "http://127.0.0.1\\@evil.example/", "f-url"),
        ("timeout_s", "31", "f-timeout_s"),
        ("timeout_s", "soon", "f-timeout_s"),
        ("retry_own", "60, x", "f-retry-schedule"),
        ("failure_limit", "", "f-failure_limit"),
        ("failure_window_min", "long", "f-failure_window_s"),
        ("max_in_flight", "0", "f-max_in_flight"),
        ("rate_per_s", "1001", "f-rate_per_s"),
        ("rate_per_s", "fast", "f-rate_per_s"),
        ("header_name", ["Host", "", ""], "f-headers"),
        ("header_name", ["X-Team", "X-Team", ""], "f-headers"),
        ("header_name", ["", "", ""], "f-headers"),
        ("events", ["lead.exploded"], "f-events"),
    ],
)
def test_each_wrong_value_is_led_to(admin, field, value, anchor):
    answer = admin.post("/webhooks/new", **{**GOOD, field: value})
    assert answer.status_code == 422
    assert f'<a href="#{anchor}">' in answer.text
    assert f'id="{anchor}"' in answer.text


def test_basic_authentication_is_written_only(admin, settings_now, app):
    form = {**GOOD, "auth_kind": "basic", "auth_username": "ada", "auth_password": "pass-canary"}
    location = admin.post("/webhooks/new", **form).location.split("?")[0]
    page = admin.get(f"{location}/settings").text
    assert "pass-canary" not in page
    assert 'value="ada"' in page
    saved = admin.post(f"{location}/settings", **{**form, "auth_password": "", "name": "Renamed"})
    assert saved.status_code == 303
    with app.test_request_context():
        webhook = db.session.query(Webhook).one()
        assert app.extensions["vault"].decrypt(webhook.auth_password) == "pass-canary"
        assert webhook.name == "Renamed"


def test_a_typed_password_does_not_come_back(admin):
    form = {**GOOD, "name": "", "auth_kind": "basic", "auth_username": "ada", "auth_password": "pass-canary"}
    assert "pass-canary" not in admin.post("/webhooks/new", **form).text


def test_a_typed_secret_header_does_not_come_back_but_with_more_rows(admin):
    form = {
        **GOOD,
        "name": "",
        "header_name": ["X-Api-Key", "X-Team"],
        "header_value": ["key-canary", "sales"],
    }
    page = admin.post("/webhooks/new", **form).text
    assert "key-canary" not in page
    assert "Type it again" in page
    assert 'value="sales"' in page
    assert "key-canary" in admin.post("/webhooks/new", **form, add_rows="1").text


def test_a_secret_header_is_kept_when_left_empty(admin, app):
    form = {**GOOD, "header_name": ["X-Api-Key"], "header_value": ["key-canary"]}
    location = admin.post("/webhooks/new", **form).location.split("?")[0]
    page = admin.get(f"{location}/settings").text
    assert "key-canary" not in page
    assert "Stored, not shown" in page
    assert admin.post(f"{location}/settings", **{**form, "header_value": [""]}).status_code == 303
    with app.test_request_context():
        assert "key-canary" in app.extensions["vault"].decrypt(db.session.query(Webhook).one().own_headers)


def test_more_rows_keep_what_was_typed_and_save_nothing(admin, app):
    answer = admin.post("/webhooks/new", **GOOD, add_rows="1")
    assert answer.status_code == 200
    assert answer.text.count('name="header_name"') == 7
    assert 'value="X-Team"' in answer.text
    with app.test_request_context():
        assert db.session.query(Webhook).count() == 0


def test_a_copy_leaves_secrets_out_and_says_so(admin):
    form = {**GOOD, "header_name": ["X-Api-Key"], "header_value": ["key-canary"]}
    webhook_id = admin.post("/webhooks/new", **form).location.split("?")[0].split("/")[-1]
    page = admin.get("/webhooks/new", copy=webhook_id).text
    assert "CRM sync (copy)" in page
    assert "left out" in page
    assert "key-canary" not in page


def test_the_test_address_is_filled_in(admin):
    assert re.search(
        r'value="http://localhost/inbox/[a-z0-9]{32}"', admin.get("/webhooks/new", address="test").text
    )


class TestTest:
    """One click sends a sample; nothing is saved."""

    def test_accepted(self, admin, receiver, app):
        answer = admin.post("/webhooks/test", target="test-result", **{**GOOD, "url": receiver.url})
        assert answer.status_code == 200
        assert "The test was accepted" in answer.text
        assert "<!doctype" not in answer.text
        assert receiver.requests[0].json()["data"]["test"] is True
        with app.test_request_context():
            assert db.session.query(Webhook).count() == 0

    def test_refused(self, admin, receiver):
        receiver.stop()
        answer = admin.post("/webhooks/test", target="test-result", **{**GOOD, "url": receiver.url})
        assert "The test was not accepted" in answer.text
        assert "nothing there is accepting connections" in answer.text
        assert "Needs action by: the receiver&#39;s developer" in answer.text

    def test_without_javascript_the_page_keeps_the_form(self, admin, receiver):
        answer = admin.post("/webhooks/test", **{**GOOD, "url": receiver.url})
        assert "<!doctype" in answer.text
        assert "The test was accepted" in answer.text
        assert 'value="X-Team"' in answer.text

    def test_what_is_wrong_replaces_the_form(self, admin):
        answer = admin.post("/webhooks/test", target="test-result", **{**GOOD, "url": ""})
        assert answer.status_code == 422
        assert answer.headers["HX-Retarget"] == "#webhook-form"
        assert 'id="problem"' in answer.text

    def test_of_the_stored_webhook(self, admin, receiver, new_webhook):
        webhook_id = new_webhook(url=receiver.url)
        answer = admin.post(f"/webhooks/{webhook_id}/test", target="test-result")
        assert "The test was accepted" in answer.text


def test_support_may_look_but_finds_no_buttons(support, a_webhook):
    page = support.get(f"/webhooks/{a_webhook}/settings").text
    assert 'id="save"' not in page
    assert "Secret key" not in page
    assert support.post(f"/webhooks/{a_webhook}/settings", **GOOD).status_code == 403
    assert support.get(f"/webhooks/{a_webhook}/secret-key").status_code == 403
