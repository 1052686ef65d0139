"""An admin gives another system an address, and sees its first call come in (D1, D4)."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.machine.browser import NARROW, Pages, screen_faults


@pytest.fixture
def at_incoming(log_in: Callable[[Page], Page], pages: Pages) -> Page:
    """The owner, at the incoming webhooks, who may use the clipboard."""
    page = log_in(pages.open(permissions=["clipboard-read", "clipboard-write"]))
    page.goto("/incoming")
    return page


def test_it_is_created_and_called_for_the_first_time_in_three_clicks(at_incoming: Page) -> None:
    page, clicks = at_incoming, 0

    def click(name: str) -> None:
        nonlocal clicks
        page.get_by_role("link", name=name).or_(page.get_by_role("button", name=name)).first.click()
        clicks += 1

    click("Create incoming webhook")
    page.get_by_label("Name", exact=True).fill("Website form")
    click("Create")
    expect(page.get_by_text("Waiting for the first call")).to_be_visible()
    page.locator("[data-copy='#example-crm']").click()
    clicks += 1
    assert clicks == 3

    command = page.evaluate("navigator.clipboard.readText()")
    done = subprocess.run(["sh", "-c", f"{command} -s -i"], capture_output=True, text=True, check=True)
    assert " 201" in done.stdout.splitlines()[0]
    assert '"title":"Lead"' in done.stdout

    # The page changes by itself.
    expect(page.get_by_text("Waiting for the first call")).to_be_hidden()
    expect(page.locator("#calls").get_by_text("/crm/v1/entities/lead")).to_be_visible()
    expect(page.locator("#calls").get_by_text("201")).to_be_visible()
    page.goto("/incoming")
    expect(page.locator("tbody tr").first).not_to_contain_text("Never")
    assert screen_faults(page) == []


def test_without_javascript_the_page_shows_the_call_when_it_is_loaded_again(
    at_incoming: Page, pages: Pages
) -> None:
    page = pages.open(like=at_incoming, javascript=False, size=NARROW)
    page.goto("/incoming/new")
    page.get_by_label("Name", exact=True).fill("No scripts")
    page.get_by_role("button", name="Create").click()
    address = page.locator("#address").inner_text()
    expect(page.get_by_text("Waiting for the first call")).to_be_visible()
    subprocess.run(["curl", "-s", f"{address}/crm/v1/entities/lead/999"], check=True, capture_output=True)
    page.reload()
    expect(page.locator("#calls").get_by_text("There is nothing at this path.")).to_be_visible()


def test_what_was_typed_stays_and_the_address_is_shown_again_and_renewed(at_incoming: Page) -> None:
    page = at_incoming
    page.goto("/incoming/new")
    page.get_by_label("Name", exact=True).fill("From the office")
    page.locator("details.fold summary").click()
    page.get_by_label("Networks it may call from").fill("300.1.1.1")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    assert screen_faults(page) == []
    expect(page.get_by_label("Name", exact=True)).to_have_value("From the office")
    page.get_by_label("Networks it may call from").fill("203.0.113.0/24")
    page.get_by_role("button", name="Create").click()
    first = page.locator("#address").inner_text()
    page.reload()
    expect(page.locator("#address")).to_have_text(first)
    page.get_by_text("Renew the address").click()
    page.get_by_role("button", name="Make a new address").click()
    expect(page.locator("#address")).not_to_have_text(first)
    expect(page.get_by_text("The address before works until")).to_be_visible()


def test_a_message_that_came_is_there_to_choose_from(at_incoming: Page) -> None:
    page = at_incoming
    page.goto("/incoming/new")
    page.get_by_label("Name", exact=True).fill("Shop")
    page.get_by_label(re.compile("^Events")).check()
    page.get_by_role("button", name="Create").click()
    page.get_by_role("link", name="Add a source").click()
    page.get_by_label("No proof").check()
    page.get_by_label("Name in the address").fill("shop")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Waiting for the first message")).to_be_visible()
    address = page.locator("#address").inner_text()
    sent = page.request.post(address, data={"order": {"id": 7, "total": "9.50"}})
    assert sent.status == 202
    page.get_by_role("link", name="Load its fields").click()
    page.get_by_label("Always the same event").check()
    page.locator("#f-which").fill("lead.created")
    page.get_by_label("Chosen fields").check()
    page.locator("[id='field-order.total']").check()
    page.get_by_role("button", name="Save").click()
    assert screen_faults(page) == []
    published = page.request.post(address, data={"order": {"id": 8, "total": "1.10"}}).json()
    assert published["type"] == "lead.created"
    page.goto(f"/events/{published['id']}")
    expect(page.get_by_text("1.10").first).to_be_visible()
