"""A field that a form does not carry leaves what is stored; one that is empty is named (R27, R40)."""

from __future__ import annotations

import pytest

from app.sending.message.formats import FORMATS
from app.sending.message.layout import Format
from app.services import webhooks as service
from app.services.webhooks.schema import WebhookIn

pytestmark = pytest.mark.databases("sqlite")

# Every setting as no default has it.
CHANGED = {
    "method": "PUT",
    "projects": ["12"],
    "conditions": [{"field": "status", "op": "is", "value": "Open"}],
    "auth": {"kind": "basic", "username": "ada", "password": "secret"},
    "headers": {"X-Team": "sales"},
    "payload": {"mode": "fields", "fields": [{"path": "id", "name": "id"}]},
    "format": "sns",
    "sns": {"signature_version": "2"},
    "signature": "v1a",
    "verification": "none",
    "success": {"rule": "status_ok"},
    "timeout_s": 12,
    "retry": {"schedule": [60, 300]},
    "failure_limit": 25,
    "failure_window_s": 90,
    "back_by_itself": True,
    "rate_per_s": 7,
    "max_in_flight": 4,
    "ordered": True,
}
NUMBERS = {
    "timeout_s": "Enter the time limit",
    "failure_limit": "Enter after how many failed tries in a row",
    "failure_window_min": "Enter for how many minutes",
    "max_in_flight": "Enter how many messages may be sent at the same time",
}


@pytest.fixture
def webhook_id(app, space_id) -> str:
    """A webhook in which every setting is another than the default."""
    whole = {"name": "CRM sync", "url": "https://crm.example.com/hook", "events": ["lead.created"], **CHANGED}
    with app.test_request_context():
        return service.create(space_id, whole).webhook.id


@pytest.fixture
def settings_now(app, space_id):
    """The stored settings of a webhook."""

    def read(webhook_id: str) -> dict:
        with app.test_request_context():
            return service.settings_of(service.find(space_id, webhook_id))

    return read


def test_whatever_is_not_posted_stays(admin, webhook_id, settings_now):
    before = settings_now(webhook_id)
    assert admin.post(f"/webhooks/{webhook_id}/settings", name="Renamed").status_code == 303
    assert settings_now(webhook_id) == {**before, "name": "Renamed"}


def test_the_whole_form_posted_as_it_is_changes_nothing(admin, webhook_id, settings_now):
    before = settings_now(webhook_id)
    page = admin.get(f"/webhooks/{webhook_id}/settings").text
    assert admin.post(f"/webhooks/{webhook_id}/settings", **posted(page)).status_code == 303
    assert settings_now(webhook_id) == before


def test_a_new_format_is_kept_when_its_webhook_is_renamed(
    admin, webhook_id, settings_now, app, space_id, monkeypatch
):
    like = FORMATS["plain"]
    monkeypatch.setitem(FORMATS, "shout", Format("Shout", "", *like[2:]))
    WebhookIn.model_rebuild(force=True)  # as it is when the program starts with this format
    with app.test_request_context():
        service.update(space_id, webhook_id, {"format": "shout"})
    assert admin.post(f"/webhooks/{webhook_id}/settings", name="Renamed").status_code == 303
    assert settings_now(webhook_id)["format"] == "shout"


def test_an_empty_number_is_named_in_the_summary(admin, webhook_id, settings_now):
    before = settings_now(webhook_id)
    answer = admin.post(f"/webhooks/{webhook_id}/settings", **dict.fromkeys(NUMBERS, ""))
    assert answer.status_code == 422
    assert "Enter a whole number." not in answer.text
    for sentence in NUMBERS.values():
        assert answer.text.count(sentence) == 2, sentence  # in the summary and beside the field
    assert settings_now(webhook_id) == before


def test_a_new_webhook_takes_the_default_for_what_is_not_posted(admin, app, settings_now):
    answer = admin.post("/webhooks/new", name="A", url="https://a.example/", events="lead.created")
    assert answer.status_code == 303
    made = settings_now(answer.location.split("/")[2].split("?")[0])
    assert (made["timeout_s"], made["failure_limit"], made["max_in_flight"]) == (5, 10, 10)


def test_what_was_not_posted_still_stands_in_a_refused_form(admin, webhook_id):
    page = admin.post(f"/webhooks/{webhook_id}/settings", name="").text
    assert 'name="timeout_s" inputmode="numeric" value="12"' in page
    assert 'id="format-sns" value="sns" checked' in page


def posted(page: str) -> dict[str, list[str]]:
    """What a browser would post of the form of a webhook."""
    from html import unescape
    from re import DOTALL, finditer, search

    form = search(r'<form id="webhook-form".*?</form>', page, DOTALL)[0]  # type: ignore[index]
    fields: dict[str, list[str]] = {}
    for tag in finditer(r"<input[^>]*>|<select.*?</select>", form, DOTALL):
        text = tag[0]
        name = search(r'\bname="([^"]*)"', text)
        picked = search(r'value="([^"]*)" selected', text) if text.startswith("<select") else True
        box = 'type="checkbox"' in text or 'type="radio"' in text
        if name is None or picked is None or (box and not search(r"\bchecked\b", text)):
            continue
        value = picked if picked is not True else search(r'\bvalue="([^"]*)"', text)
        fields.setdefault(unescape(name[1]), []).append(unescape(value[1]) if value else "")
    return fields
