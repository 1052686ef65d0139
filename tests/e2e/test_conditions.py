"""Conditions typed by a person, with JavaScript and without: rows, the preview, and what really arrives."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.machine.browser import screen_faults


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no javascript"])
def test_only_what_fits_is_sent(pages, log_in, publish, receiver, javascript):
    for amount in (10, 2000, 3000):
        publish(json.dumps({"type": "deal.created", "data": {"amount": amount}}))
    page = log_in(pages.open(javascript=javascript))
    page.goto("/webhooks/new")
    page.locator("[id='event-deal.created']").check()
    page.get_by_label("Name", exact=True).fill("Large deals")
    page.get_by_label("Address", exact=True).fill(receiver.url)
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_role("button", name="Add a condition").click()
    if not javascript:  # a row that was left empty goes, and a new one comes
        expect(page.get_by_label("Field", exact=True)).to_have_count(1)
    row = page.get_by_role("group", name="Condition 1")
    row.get_by_label("Field").fill("amount")
    row.get_by_label("Comparison").select_option("is greater than")
    row.get_by_label("Value").fill("1000")
    if javascript:
        row.get_by_label("Value").press("Tab")
    else:
        page.get_by_role("button", name="Try on the latest events").click()
    expect(page.get_by_text("of the last")).to_contain_text("events would have been sent")
    assert page.get_by_label("Name", exact=True).input_value() == "Large deals"
    page.get_by_text("Which ones").click()
    expect(page.locator(".latest .is-sent").first).to_be_visible()
    page.get_by_role("button", name="Save").last.click()
    page.get_by_role("button", name="Turn on").first.click()
    expect(page.locator(".st", has_text="Working").first).to_be_visible()
    publish(json.dumps({"type": "deal.created", "data": {"amount": 999}}))
    publish(json.dumps({"type": "deal.created", "data": {"amount": 1001}}))
    bodies = [request.json() for request in receiver.wait_for(2)]
    assert [body["data"]["amount"] for body in bodies if body["type"] == "deal.created"] == [1001]


def test_the_rows_suit_every_screen(pages, log_in, publish):
    publish(json.dumps({"type": "lead.created", "data": {"status": "open"}}))
    page = log_in(pages.open())
    page.goto("/webhooks/new")
    page.locator("[id='event-lead.created']").check()
    page.get_by_role("button", name="Add a condition").click()
    field = page.get_by_label("Field", exact=True)
    expect(field).to_be_focused()
    field.fill("colour")
    field.press("Tab")
    expect(page.get_by_text("has a field “colour”")).to_be_visible()
    page.get_by_text("Which ones").click()
    assert screen_faults(page) == []
