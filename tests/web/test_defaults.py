"""Settings, Defaults: what a space's new webhooks start with."""

from __future__ import annotations

import re

import pytest

from app.core.extensions import db
from app.models import Webhook
from app.services import spaces
from app.services import webhooks as service

CHOSEN = {
    "format": "sns",
    "sns_version": "2",
    "signature": "v1a",
    "success_rule": "status_ok",
    "timeout_s": "12",
    "retry": "own",
    "retry_own": "60, 300",
    "failure_limit": "25",
    "failure_window_min": "1.5",
    "back_by_itself": "1",
    "verification": "confirmation",
    "rate_per_s": "7",
    "max_in_flight": "4",
    "ordered": "1",
}
STORED = {
    "format": "sns",
    "sns": {"signature_version": "2"},
    "signature": "v1a",
    "success": {"rule": "status_ok"},
    "timeout_s": 12,
    "retry": {"schedule": [60, 300]},
    "failure_limit": 25,
    "failure_window_s": 90,
    "back_by_itself": True,
    "verification": "confirmation",
    "rate_per_s": 7,
    "max_in_flight": 4,
    "ordered": True,
}
PAGE = "/settings/defaults"
GOOD = {"name": "CRM", "url": "https://crm.example.com/hook", "events": ["lead.created"]}


@pytest.fixture
def defaults_now(app, space_id):
    """The stored defaults."""

    def read(of: str = space_id) -> dict:
        with app.test_request_context():
            return service.defaults_of(of)

    return read


def fields_of(page: str) -> dict[str, str]:
    """What the fields of a page would post, without what stands in no field of the defaults."""
    filled = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = (re.search(rf'\b{key}="([^"]*)"', tag) for key in ("name", "value"))
        ticked = "radio" not in tag and "checkbox" not in tag or re.search(r"\bchecked\b", tag)
        if name and value and ticked:
            filled[name[1]] = value[1]
    if version := re.search(r'<option value="(\d)" selected>\d \(SHA', page):
        filled["sns_version"] = version[1]
    return {name: filled[name] for name in CHOSEN if name in filled}


def test_what_is_saved_stands_in_the_form_of_a_new_webhook(admin, defaults_now):
    assert admin.post(PAGE, **CHOSEN).status_code == 303
    page = admin.get(PAGE).text
    assert "Saved. Webhooks that you create from now on start with this." in page
    assert defaults_now() == STORED
    assert fields_of(page) == CHOSEN
    assert fields_of(admin.get("/webhooks/new").text) == CHOSEN
    assert fields_of(admin.get("/webhooks/new?address=test").text) == CHOSEN


@pytest.mark.databases("sqlite")
def test_what_is_typed_in_the_form_of_a_webhook_wins(admin, app):
    admin.post(PAGE, **CHOSEN)
    plain = {**CHOSEN, "timeout_s": "3", "rate_per_s": "", "retry": "none", "verification": "ping"}
    for ticked in ("ordered", "back_by_itself"):
        plain[ticked] = ""
    assert admin.post("/webhooks/new", **GOOD, **plain).status_code == 303
    with app.test_request_context():
        stored = service.settings_of(db.session.query(Webhook).one())
    assert (stored["timeout_s"], stored["rate_per_s"], stored["retry"]) == (3, None, {"schedule": []})
    assert (stored["ordered"], stored["back_by_itself"], stored["verification"]) == (False, False, "ping")


@pytest.mark.databases("sqlite")
def test_webhooks_that_are_there_stay_as_they_are_and_so_do_other_spaces(
    admin, app, a_webhook, defaults_now, space_id
):
    with app.test_request_context():
        before = service.settings_of(service.find(space_id, a_webhook))
        other = spaces.create_space("Other").id
    untouched = defaults_now(other)
    admin.post(PAGE, **CHOSEN)
    with app.test_request_context():
        assert service.settings_of(service.find(space_id, a_webhook)) == before
    assert defaults_now(other) == untouched != defaults_now()


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("field", "typed", "anchor", "sentence"),
    [
        ("timeout_s", "31", "f-timeout_s", "from 1 to 30."),
        ("retry_own", "60, soon", "f-retry-schedule", "Enter a whole number."),
        ("failure_limit", "", "f-failure_limit", "Enter after how many failed tries"),
        ("failure_window_min", "long", "f-failure_window_s", "Enter for how many minutes"),
        ("rate_per_s", "0", "f-rate_per_s", "Enter how many messages a second"),
        ("max_in_flight", "101", "f-max_in_flight", "from 1 to 100."),
        ("format", "telegram", "f-format", "Choose one of"),
        ("verification", "prayer", "f-verification", "Choose one of"),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_is_stored(
    admin, defaults_now, field, typed, anchor, sentence
):
    before = defaults_now()
    answer = admin.post(PAGE, **{**CHOSEN, field: typed})
    assert answer.status_code == 422
    assert f'href="#{anchor}"' in answer.text
    assert f'id="{anchor}"' in answer.text
    assert answer.text.count(sentence) >= 2  # in the summary and beside the field
    if field not in {"format", "verification"}:
        assert fields_of(answer.text) == {**CHOSEN, field: typed}
    assert defaults_now() == before


@pytest.mark.databases("sqlite")
def test_who_changed_them_stands_below_and_saving_the_same_leaves_no_trace(admin):
    assert "Recent changes" not in admin.get(PAGE).text
    admin.post(PAGE, **CHOSEN)
    admin.post(PAGE, **{**CHOSEN, "timeout_s": "9"})
    admin.post(PAGE, **{**CHOSEN, "timeout_s": "9"})
    page = admin.get(PAGE).text
    assert page.count("Defaults changed") == 2
    assert "admin@example.com" in page.split("Recent changes")[1]
    assert re.search(r"Time limit<.*?<del>.*?12 seconds</del>.*?9 seconds\s*</dd>", page, re.DOTALL)


@pytest.mark.databases("sqlite")
def test_support_may_not(support):
    assert support.get(PAGE).status_code == 403
    assert support.post(PAGE, **CHOSEN).status_code == 403
