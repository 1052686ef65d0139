"""Every screen: accessible (WCAG 2.2 AA by axe), light and dark, wide and narrow, without sideways scroll."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.machine.browser import NARROW, WIDE, axe


@pytest.fixture(scope="module")
def demo(running) -> None:
    """The space "Demo", full of life."""
    running.flask("demo")


@pytest.fixture
def at_demo(demo, pages, log_in) -> Page:
    """The owner, in the space "Demo"."""
    page = log_in(pages.open())
    page.locator("#person-menu summary").click()
    page.get_by_role("button", name="Go to Demo").click()
    expect(page.get_by_role("link", name="Billing")).to_be_visible()
    return page


def screens(page: Page) -> list[str]:
    """The addresses of every kind of screen."""
    webhooks = {
        name: page.get_by_role("link", name=name, exact=True).get_attribute("href")
        for name in ("Billing", "CRM sync", "Chat bot", "Old warehouse", "Newsletter", "Report")
    }
    page.goto("/deliveries?status=failed")
    failed = page.locator("tbody th a").first.get_attribute("href")
    page.goto("/deliveries?status=succeeded")
    delivered = page.locator("tbody th a").first.get_attribute("href")
    crm = webhooks["CRM sync"]
    return [
        *("/webhooks", "/webhooks/new", "/deliveries", "/deliveries?q=nothing", "/inbox", "/password"),
        *webhooks.values(),
        *(f"{crm}/settings", f"{crm}/delete", "/settings/api-keys", f"{crm}/secret-key", "/no-such-page"),
        *(
            f"{crm}/changes",
            "/settings/alerts",
            "/settings/defaults",
            "/settings/sign-ins",
            "/settings/sign-ins/new",
            "/confirm/no-such-link",
        ),
        *(failed, delivered, f"{delivered}/resend"),
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_screen(at_demo, pages, dark):
    addresses = screens(at_demo)
    page = pages.open(dark=dark, like=at_demo)
    findings = []
    for address in addresses:
        page.goto(address)
        for width, height in (WIDE, NARROW):
            page.set_viewport_size({"width": width, "height": height})
            findings += [f"{address} at {width} px: {finding}" for finding in axe(page)]
            needed = page.evaluate("document.documentElement.scrollWidth")
            if needed > width:
                findings.append(f"{address}: scrolls sideways, {needed} px of {width}")
    assert findings == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_log_in_page(running, pages, dark):
    page = pages.open(dark=dark, size=NARROW)
    page.goto("/login")
    assert axe(page) == []
    page.get_by_label("E-mail address").fill("nobody@example.com")
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    assert axe(page) == []


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "320"])
def test_the_modal_and_the_form_with_errors(at_demo, pages, size):
    page = pages.open(size=size, like=at_demo)
    page.goto("/deliveries")
    page.locator("tbody th a").first.click()
    expect(page.locator("dialog[open] #log")).to_be_visible()
    assert axe(page) == []
    page.goto("/webhooks/new")
    page.get_by_label("Address", exact=True).fill("http://example.com/hook")
    page.get_by_role("button", name="Save").last.click()
    summary = page.get_by_text("There is a problem")
    expect(summary).to_be_visible()
    expect(page.get_by_label("Address", exact=True)).to_have_value("http://example.com/hook")
    assert axe(page) == []


def test_the_first_load_is_light(at_demo, pages):
    page = pages.open(like=at_demo)
    sizes: dict[str, int] = {}
    page.on(
        "requestfinished", lambda request: sizes.update({request.url: request.sizes()["responseBodySize"]})
    )
    page.goto("/webhooks", wait_until="networkidle")
    assert sum(sizes.values()) <= 80_000, sizes
    assert sum(size for url, size in sizes.items() if ".js" in url) <= 30_000, sizes
