"""Conditions in the form of a webhook: rows come and go without losing a word, and the preview tells the truth."""

from __future__ import annotations

import html
import re

import pytest

from app.core.extensions import db
from app.models import Webhook
from app.services import spaces
from app.services import webhooks as service
from app.services.events import publishing
from tests.web.test_form import GOOD

pytestmark = pytest.mark.databases("sqlite")

TWO = {
    "condition_field": ["status", "amount"],
    "condition_op": ["is", "greater"],
    "condition_value": ["Open", "1000"],
}


def rows(answer):
    """The rows on the page: field, comparison, value."""
    found = re.findall(
        r'name="condition_field" value="([^"]*)".*?<option value="(\w+)" selected'
        r'.*?name="condition_value" value="([^"]*)"',
        answer.text,
        re.DOTALL,
    )
    return [tuple(map(html.unescape, row)) for row in found]


@pytest.fixture
def publish(app, space_id):
    """Publishes events with this data."""

    def do(*data, **more):
        with app.test_request_context():
            publishing.publish(space_id, [{"type": "lead.created", "data": one, **more} for one in data])

    return do


@pytest.mark.parametrize("target", [None, "f-conditions"])
def test_rows_come_and_go(admin, target):
    url = "/webhooks/conditions" if target else "/webhooks/new"
    assert rows(admin.get("/webhooks/new")) == []
    added = admin.post(url, target, **GOOD, **TWO, add_condition="1")
    assert rows(added) == [("status", "is", "Open"), ("amount", "greater", "1000"), ("", "is", "")]
    removed = admin.post(url, target, **GOOD, **TWO, remove_condition="0")
    assert rows(removed) == [("amount", "greater", "1000")]
    assert (added.status_code, removed.status_code) == (200, 200)
    assert ("<h1" in added.text) is (target is None)


def test_they_are_saved_and_shown_again(admin, app):
    location = admin.post("/webhooks/new", **GOOD, **TWO).location.split("?")[0]
    with app.test_request_context():
        assert service.settings_of(db.session.query(Webhook).one())["conditions"] == [
            {"field": "status", "op": "is", "value": "Open"},
            {"field": "amount", "op": "greater", "value": "1000"},
        ]
    assert rows(admin.get(f"{location}/settings")) == [
        ("status", "is", "Open"),
        ("amount", "greater", "1000"),
    ]
    assert admin.post(f"{location}/settings", **GOOD, **TWO, remove_condition="1").status_code == 200
    admin.post(f"{location}/settings", **GOOD, conditions="")
    assert rows(admin.get(f"{location}/settings")) == []


def test_what_cannot_be_used_is_said_beside_its_row(admin):
    wrong = {"condition_field": ["", "n"], "condition_op": ["is", "less"], "condition_value": ["x", "many"]}
    answer = admin.post("/webhooks/new", **GOOD, **wrong)
    assert answer.status_code == 422
    assert rows(answer) == [("", "is", "x"), ("n", "less", "many")]
    assert 'href="#f-conditions-0"' in answer.text
    assert 'href="#f-conditions-1"' in answer.text
    assert answer.text.count("Enter a number, or a day such as 2026-11-21.") == 2


def test_the_preview_says_which_of_the_latest_events_would_have_been_sent(admin, publish):
    publish({"status": "open", "amount": 5000}, {"status": "OPEN", "amount": "1000.5"}, project_id="12")
    publish({"status": "open", "amount": 999}, {"status": "won", "amount": 5000}, {}, project_id="12")
    publish({"status": "open", "amount": 5000, "text": "x" * 70_000}, project_id="12")
    publish({"status": "open", "amount": 5000}, project_id="99")
    answer = admin.post("/webhooks/conditions", "condition-preview", **GOOD, **TWO)
    assert "2 of the last 7 events would have been sent." in answer.text
    said = re.findall(r"not sent: ([\w ]+)", answer.text)
    assert sorted(said) == [
        "another project", "the data does not fit", "the data does not fit", "the data does not fit",
        "too large to check here",
    ]  # fmt: skip
    assert "<fieldset" not in answer.text


def test_the_preview_looks_at_100_events_of_the_chosen_kinds_in_this_space(admin, app, publish):
    publish(*[{"status": "won", "amount": 5000}] * 20)
    publish(*[{"status": "open", "amount": 5000}] * 100)
    with app.test_request_context():
        beside = spaces.create_space("Borealis").id
        publishing.publish(beside, [{"type": "lead.created", "data": {"status": "won"}}])
    answer = admin.post("/webhooks/conditions", "condition-preview", **{**GOOD, "projects": ""}, **TWO)
    assert "100 of the last 100 events would have been sent." in answer.text
    other = {**GOOD, "projects": "", "events": ["deal.created"]}
    answer = admin.post("/webhooks/conditions", "condition-preview", **other, **TWO)
    assert "None of the chosen events has happened here yet" in answer.text


def test_a_field_that_nothing_has_is_warned_of(admin, publish):
    odd = {"condition_field": ["colour"], "condition_op": ["is"], "condition_value": ["<b>"]}
    answer = admin.post("/webhooks/conditions", "condition-preview", **GOOD, **odd)
    assert "has a field “colour”" in answer.text
    assert admin.post("/webhooks/new", **GOOD, **odd).status_code == 303
    publish({"colour": "red"})
    answer = admin.post("/webhooks/conditions", "condition-preview", **{**GOOD, "projects": ""}, **odd)
    assert "has a field “colour”" not in answer.text
    assert "0 of the last 1 events" in answer.text


def test_fields_of_the_samples_are_suggested(admin):
    answer = admin.post("/webhooks/conditions", "condition-preview", **GOOD)
    assert '<option value="id">' in answer.text
    assert "would have been sent" not in answer.text


def test_who_may_only_look_sees_no_buttons(admin, support):
    location = admin.post("/webhooks/new", **GOOD, **TWO).location.split("?")[0]
    page = support.get(f"{location}/settings")
    assert rows(page) == [("status", "is", "Open"), ("amount", "greater", "1000")]
    assert "add_condition" not in page.text
    assert support.post("/webhooks/conditions", **GOOD).status_code == 403
