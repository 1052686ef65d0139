"""Finding an event in a real browser: the box, the filters, the reasons, the file."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import go_to_space
from tests.machine.browser import screen_faults


@pytest.fixture(scope="module")
def event_id(running, publish) -> str:
    """An event of Ada's that no webhook took."""
    data = {"email": "ada@example.com", "phone": "+48 600 700 800", "name": "Ada Lovelace"}
    return json.loads(publish(json.dumps({"type": "lead.created", "data": data, "object_id": "L-77"})))["id"]


def find(page, typed: str) -> None:
    page.goto("/webhooks")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type(typed)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=*")


def test_from_a_phone_number_to_the_reason_in_one_click(owner, running, event_id):
    page = owner
    go_to_space(page, running.space)
    for _ in range(20):  # its keys are taken within seconds
        find(page, "600700800")
        if page.locator("tbody tr").count():
            break
        page.wait_for_timeout(500)
    expect(page.get_by_role("status").filter(has_text="1 event found.")).to_be_visible()
    page.locator("tbody th a").click()
    expect(page.get_by_text("It was sent to no webhook")).to_be_visible()
    page.goto("/search?q=ada")
    assert screen_faults(page) == []
    page.goto("/search?q=nobody")
    assert screen_faults(page) == []


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no javascript"])
def test_filters_hold_at_once_and_each_goes_by_its_chip(at_demo, pages, javascript):
    page = pages.open(like=at_demo, javascript=javascript)
    page.goto("/deliveries")
    page.get_by_label("Status", exact=True).select_option("Failed")
    if not javascript:
        page.get_by_role("button", name="Find").click()
    chip = page.locator(".chip", has_text="Status: Failed")
    expect(chip).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?.*status=failed"))
    said = page.locator("#found-count").inner_text()
    assert re.match(r"\d+ events found", said)
    if javascript:
        assert page.url.endswith("/deliveries?status=failed")
        expect(page.locator("#found-said")).to_have_text(said)
        page.get_by_label("From", exact=True).fill("2026-11-21T10:00")
        page.get_by_label("To", exact=True).fill("2026-11-21T09:00")
        page.get_by_label("To", exact=True).press("Tab")
        expect(page.locator("#until-wrong")).to_contain_text("“To” is before “From”.")
        page.goto("/deliveries?status=failed")
    exported = page.request.get(page.get_by_role("link", name="CSV").get_attribute("href")).text()
    assert len(exported.splitlines()) - 1 == int(said.split()[0])
    page.locator(".chip", has_text="Status: Failed").click()
    expect(page.locator(".chip", has_text="Status")).to_have_count(0)
    page.get_by_role("link", name="Yesterday").click()
    expect(page.locator(".chip[aria-current]")).to_have_text("Yesterday")
    if javascript:  # axe needs scripts
        assert screen_faults(page) == []
