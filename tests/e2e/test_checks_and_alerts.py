"""Checking a receiver, choosing alerts and the page for developers, in the running program and a browser."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.machine.browser import NARROW, screen_faults


def a_webhook(page: Page) -> str:
    """A webhook to the test address; the path of its page."""
    page.goto("/webhooks/new?address=test")
    page.get_by_label("Name", exact=True).fill("CRM sync")
    page.locator("[id='event-lead.created']").check()
    page.get_by_role("button", name="Save").last.click()
    page.wait_for_url(re.compile(r"/webhooks/whk_"))
    return "/webhooks/" + re.search(r"whk_\w+", page.url)[0]  # type: ignore[index]


def test_from_check_now_to_the_score_card(owner):
    hook = a_webhook(owner)
    owner.goto(f"{hook}/checks")
    faults = screen_faults(owner)
    owner.get_by_role("button", name="Check now").click()
    expect(
        owner.get_by_text("thing should change").or_(owner.get_by_text("things should change"))
    ).to_be_visible(timeout=30_000)
    expect(owner.get_by_text("We sent a message that does not match its signature.")).to_be_visible()
    faults += screen_faults(owner)
    owner.get_by_role("link", name="All checks").click()
    owner.get_by_label("Every week").check()
    owner.get_by_role("button", name="Save").click()
    expect(owner.get_by_text("Next check:")).to_be_visible()
    faults += screen_faults(owner)
    assert faults == []


def test_without_javascript(owner, pages):
    hook = a_webhook(owner)
    page = pages.open(like=owner, javascript=False, dark=True, size=NARROW)
    page.goto(f"{hook}/checks")
    page.get_by_role("button", name="Check now").click()
    for _attempt in range(60):
        if not page.get_by_role("link", name="Show the result").is_visible():
            break
        page.get_by_role("link", name="Show the result").click()
        page.wait_for_timeout(250)
    expect(page.get_by_text("An altered message")).to_be_visible()
    page.goto("/settings/alerts")
    page.get_by_label("A webhook begins to fail: Never").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("A webhook begins to fail: Never")).to_be_checked()
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]


def test_alerts_and_the_page_for_developers(owner, pages):
    owner.goto("/settings/alerts")
    expect(owner.get_by_label("We turned a webhook off: At once")).to_be_checked()
    faults = screen_faults(owner)
    owner.goto("/event-types")
    owner.get_by_role("button", name="Make a link").click()
    link = owner.locator("#developer-link").inner_text()
    faults += screen_faults(owner)
    owner.goto("/help")  # the link stands on its own
    anybody = pages.open()
    anybody.goto(link)
    anybody.get_by_text("lead.created", exact=True).click()
    expect(anybody.get_by_text("Rooftop solar for the bakery").first).to_be_visible()
    faults += screen_faults(anybody)
    assert faults == []
