"""By keyboard: after each answer the focus is on the result or where the button was, never lost (R30, R34)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

FOCUSED = "document.activeElement.id || document.activeElement.tagName"


@pytest.fixture
def page(at_demo) -> Page:
    """The owner among the webhooks of the demo."""
    at_demo.goto("/webhooks")
    return at_demo


def press(page: Page, button) -> None:
    """Press a button by keyboard and wait for htmx to settle."""
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    page.wait_for_timeout(150)


def test_the_result_of_a_test_has_the_focus(page):
    page.get_by_role("link", name="Billing", exact=True).click()
    press(page, page.locator("#act-test"))
    expect(page.locator("#tested-title")).to_be_focused()


def test_the_result_of_a_test_in_the_form_has_the_focus_and_a_mended_problem_is_gone(page):
    page.goto("/webhooks/new")
    page.locator("[id='event-lead.created']").check()
    page.get_by_label("Name", exact=True).fill("Nobody there")
    page.get_by_label("Address", exact=True).fill("nowhere")
    press(page, page.locator("#test"))
    expect(page.locator("#problem")).to_be_focused()
    page.get_by_label("Address", exact=True).fill("http://127.0.0.1:9/")
    press(page, page.locator("#test"))
    expect(page.locator("#tested-title")).to_be_focused()
    expect(page.get_by_text("There is a problem")).to_have_count(0)
    expect(page.locator(".wrong")).to_have_count(0)
    expect(page.get_by_label("Name", exact=True)).to_have_value("Nobody there")


def test_the_switch_in_the_list_keeps_the_focus(page):
    switch = page.locator("tr", has_text="Billing").locator("[id^=switch-]")
    name = switch.get_attribute("id")
    press(page, switch)
    assert page.evaluate(FOCUSED) == name


def test_pause_and_off_on_the_page_keep_the_focus_nearby(page):
    page.get_by_role("link", name="CRM sync", exact=True).click()
    for action in ("#act-pause", "#act-send", "#act-disable"):
        button = page.locator(action)
        if button.count():
            press(page, button)
            assert page.evaluate("document.activeElement.closest('#diagnosis') !== null"), action


def test_resend_in_the_list_and_in_the_dialog_keeps_the_focus(page):
    page.goto("/deliveries?status=failed")
    button = page.locator("tr form [id^=resend-]").first
    row = button.evaluate("one => one.closest('tr').id")
    press(page, button)
    assert page.evaluate("row => document.activeElement.closest('#' + row) !== null", row)
    page.goto("/deliveries?status=failed")
    again = page.locator("tr", has=page.locator("form [id^=resend-]")).first
    press(page, again.locator("th a").first)
    press(page, page.locator("dialog #resend-now"))
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    page.wait_for_timeout(500)
    assert page.evaluate(FOCUSED) != "BODY"
