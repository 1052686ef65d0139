"""Every screen: accessible (WCAG 2.2 AA by axe), light and dark, wide and narrow, without sideways scroll."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from app import create_app
from app.core import space_path
from tests.e2e.conftest import go_to_space
from tests.e2e.screen_addresses import NO_SCREEN, screens_of_the_demo
from tests.machine.browser import NARROW, axe, screen_faults

ONE_LINE = 32  # px: less than two lines of text
WIDE_IN_THE_DARK = [
    *(
        "/",
        "/webhooks",
        "/webhooks/new",
        "/deliveries",
        "/incidents",
        "/records/crm/lead/board",
        "/event-types",
    ),
    *("/settings/people", "/settings/alerts", "/settings/audit", "/api/docs"),
]
LEADS_NOWHERE = """[...document.querySelectorAll("main a")]
    .filter((link) => !link.getAttribute("href")).map((link) => link.outerHTML)"""


@pytest.fixture(scope="module")
def found() -> list[str]:
    """What `screens` found, for the other tests."""
    return []


@pytest.fixture
def screens(at_demo, found) -> list[str]:
    """The addresses of every kind of screen, in the states that the demo has."""
    if not found:
        found.extend(screens_of_the_demo(at_demo))
    return found


def test_every_screen(at_demo, screens, running):
    page, faults = at_demo, []
    for address in screens:
        page.goto(address)
        faults += screen_faults(page)
    go_to_space(page, running.space)  # where nothing is yet
    for address in ("/", "/webhooks", "/deliveries", "/inbox", "/incidents", "/incoming"):
        page.goto(address)
        faults += screen_faults(page)
    assert faults == []


def test_wide_screens_of_each_kind_in_the_dark(at_demo, pages):
    """A start with charts, lists, a log, a form, settings, the reference: what a narrow screen shows in another way."""
    page, faults = pages.open(like=at_demo, dark=True), []
    for address in WIDE_IN_THE_DARK:
        page.goto(address)
        faults += [f"{address}: {finding}" for finding in axe(page, only="color-contrast")]
    assert faults == []


def test_every_screen_without_javascript(at_demo, screens, pages):
    """On a phone, in the dark. (axe needs scripts, so what it has to say comes from the test above.)"""
    page, faults = pages.open(like=at_demo, javascript=False, dark=True, size=NARROW), []
    for address in screens:
        page.goto(address)
        if not page.locator("main h1, main h2").first.is_visible():
            faults.append(f"{address}: no heading")
        if page.evaluate("document.documentElement.scrollWidth") > NARROW[0]:
            faults.append(f"{address}: scrolls sideways")
        faults += [f"{address}: leads nowhere: {link}" for link in page.evaluate(LEADS_NOWHERE)]
    assert faults == []


def path_without_space(path: str) -> str:
    """As the routes know it: links carry the space in front."""
    carried = space_path.split(path)
    return carried.rest if carried else path


def test_no_screen_is_left_out(screens, running):
    urls = create_app(running.settings).url_map
    of = urls.bind("127.0.0.1")
    paths = {urlsplit(address).path for address in screens} - {"/no-such-page"}
    reached = {of.match(path_without_space(path))[0] for path in paths}
    pages = {rule.endpoint for rule in urls.iter_rules() if "GET" in (rule.methods or ())}
    assert {
        page for page in pages - reached - NO_SCREEN if not page.startswith(("api.", "records."))
    } == set()
    assert "api.docs" in reached


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


def test_states_that_a_button_leads_to(at_demo, running):
    """A modal, wrong values, a test that failed, a refusal to turn on, a new key, a message in the inbox."""
    page = at_demo
    faults = []
    page.goto("/deliveries")
    page.locator("tbody th a").first.click()
    expect(page.locator("dialog[open] #log")).to_be_visible()
    faults += screen_faults(page)
    names = page.locator("dialog[open] .tree .key").all()
    assert names
    assert {
        name.text_content() for name in names if (name.bounding_box() or {})["height"] > ONE_LINE
    } == set()

    page.goto("/webhooks/new")
    page.get_by_label("Address", exact=True).fill("ftp://example.com/hook")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    expect(page.get_by_label("Address", exact=True)).to_have_value("ftp://example.com/hook")
    faults += screen_faults(page)

    page.locator("[id='event-lead.created']").check()
    page.get_by_label("Name", exact=True).fill("Nobody there")
    page.get_by_label("Address", exact=True).fill("http://127.0.0.1:9/")
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_text("The test was not accepted")).to_be_visible()
    faults += screen_faults(page)
    page.get_by_role("button", name="Save").last.click()
    page.get_by_role("button", name="Turn on", exact=True).click()
    expect(page.get_by_role("button", name="Turn on anyway")).to_be_visible()
    faults += screen_faults(page)

    faults += revert_faults(page)

    page.goto("/settings/defaults")
    page.get_by_label("Time limit").fill("soon")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    faults += screen_faults(page)

    page.goto("/webhooks/new?address=test")
    page.locator("[id='event-lead.created']").check()
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_text("The test was accepted")).to_be_visible()
    page.goto("/inbox")
    expect(page.get_by_text("lead.created").first).to_be_visible()
    faults += screen_faults(page)
    assert faults == []


def test_the_first_load_is_light(at_demo, pages):
    page = pages.open(like=at_demo)
    sizes: dict[str, int] = {}
    page.on(
        "requestfinished", lambda request: sizes.update({request.url: request.sizes()["responseBodySize"]})
    )
    page.goto("/webhooks", wait_until="networkidle")
    assert sum(sizes.values()) <= 80_000, sizes
    assert sum(size for url, size in sizes.items() if ".js" in url) <= 30_000, sizes


def revert_faults(page: Page) -> list[str]:
    """A change that was changed again since: reverting it asks first."""
    page.goto("/webhooks")
    page.get_by_role("link", name="Stock", exact=True).click()
    address = urlsplit(page.url).path
    for seconds in ("7", "8"):
        page.goto(f"{address}/settings")
        page.get_by_text("How we prove it is us").first.click()
        page.get_by_label("Time limit").fill(seconds)
        page.get_by_role("button", name="Save").last.click()
        expect(page.get_by_text("Saved.").first).to_be_visible()
    page.goto(f"{address}/changes")
    page.get_by_role("button", name="Revert").nth(1).click()
    expect(page.get_by_role("heading", name="It was changed again since")).to_be_visible()
    return screen_faults(page)
