"""Every screen: accessible (WCAG 2.2 AA by axe), light and dark, wide and narrow, without sideways scroll.

A new page is missed by `test_no_screen_is_left_out` until its address stands in `screens`.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from app import create_app
from tests.e2e.conftest import SPACE
from tests.machine.browser import NARROW, WIDE, axe, screen_faults

ONE_LINE = 32  # px: less than two lines of text

# What people do not look at: answers for programs, parts of pages, files; the log-in has a test of its own.
NO_SCREEN = {
    *("static", "health.alive", "health.ready", "sns.certificate", "action.by_hash", "action.by_token"),
    "incoming_door.call",
    *("inbox.address", "deliveries.as_text", "deliveries.live", "webhooks.live", "deliveries.export"),
    *(
        "oauth_callback.callback",
        "oauth_callback.moved",
        "session.login",
        "home.settings",
        "home.api_section",
        "events.index",
        *("second_step.code", "single_sign_on.begin", "single_sign_on.callback"),
        "deliveries.answer_bytes",
        "metrics.metrics",
    ),
    *("event_types.document", "developers.document", "developers.section"),
}


@pytest.fixture(scope="module")
def demo(running) -> None:
    """The space "Demo", full of life."""
    running.flask("demo")


@pytest.fixture
def at_demo(demo, pages, log_in) -> Page:
    """The owner, in the space "Demo"."""
    page = log_in(pages.open())
    go_to_space(page, "Demo")
    expect(page.get_by_role("link", name="Billing")).to_be_visible()
    return page


def go_to_space(page: Page, name: str) -> None:
    page.goto("/webhooks")
    page.locator("#space-menu summary").click()
    page.get_by_role("button", name=f"Go to {name}").click()
    expect(page.locator("main h1")).to_have_text(name)  # its home
    page.goto("/webhooks")


@pytest.fixture(scope="module")
def found() -> list[str]:
    """What `screens` found, for the other tests."""
    return []


@pytest.fixture
def screens(at_demo, found) -> list[str]:
    """The addresses of every kind of screen, in the states that the demo has."""
    if not found:
        found.extend(_screens(at_demo))
    return found


def _screens(page: Page) -> list[str]:
    page.goto("/webhooks")
    webhooks = {
        name: page.get_by_role("link", name=name, exact=True).get_attribute("href")
        for name in ("Billing", "CRM sync", "Chat bot", "Old warehouse", "Newsletter", "Report")
    }
    page.goto("/deliveries?status=failed")
    failed = page.locator("tbody th a").first.get_attribute("href")
    page.goto("/deliveries?status=succeeded")
    delivered = page.locator("tbody th a").first.get_attribute("href")
    page.goto(delivered)
    event = page.get_by_role("link", name="Where else it went").get_attribute("href")
    page.goto("/incidents")
    incident = page.locator("tbody th a").first.get_attribute("href")
    oauth_credential = add_oauth_credential(page)
    crm = webhooks["CRM sync"]
    page.goto("/recoveries")
    recovery = page.locator("tbody th a").first.get_attribute("href")
    return [
        *("/webhooks", "/webhooks/new", "/deliveries", "/deliveries?q=nothing", "/inbox", "/password"),
        *("/search", "/search?q=ada", "/search?q=nobody"),
        event,
        *webhooks.values(),
        *(f"{crm}/settings", f"{crm}/delete", f"{crm}/secret-key", f"{crm}/changes"),
        *(
            "/",
            "/?chart=30d",
            f"{crm}?chart=7d",
            f"{crm}/tries/compare",
            f"{webhooks['Report']}/tries/compare",
        ),
        *("/incidents", incident, f"/incidents?webhook_id={webhooks['Report'].rpartition('/')[2]}"),
        *(f"/webhooks/new?copy={crm.rpartition('/')[2]}", "/webhooks/new?address=test"),
        *("/settings/people", _role_of_the_space(page), _removal(page), "/account", "/account/two-steps"),
        *("/forgotten-password", "/new-password/no-such-link", "/join/no-such-link"),
        "/confirm-email/no-such-link",
        *("/settings/api-keys", "/settings/alerts", "/settings/defaults", "/settings/roles"),
        *("/settings/space", "/settings/space/delete", "/spaces", "/settings/audit"),
        *(
            "/settings/oauth-connections",
            "/settings/oauth-connections/new",
            oauth_credential,
            f"{oauth_credential}/delete",
        ),
        *add_incoming_webhook(page),
        *(f"{crm}/checks", add_check(page, crm), "/event-types", add_developer_link(page)),
        *(failed, delivered, f"{delivered}/resend", f"{failed}/curl", f"{failed}/links"),
        *("/recoveries", recovery, "/recoveries/new", f"/recoveries/new?webhook_id={crm.rpartition('/')[2]}"),
        *("/recoveries/new?since=soon", "/shared/no-such-link"),
        *("/confirm/no-such-link", "/no-such-page", "/help", "/api/docs", "/problems/ping-failed"),
    ]


def add_check(page: Page, webhook: str) -> str:
    """A check of its receiver."""
    page.goto(f"{webhook}/checks")
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_role("heading", name="Check of")).to_be_visible()
    return urlsplit(page.url).path


def add_developer_link(page: Page) -> str:
    """The link for developers, without log-in."""
    page.goto("/event-types")
    page.get_by_role("button", name="Make a link").click()
    return urlsplit(page.locator("#developer-link").inner_text()).path


def _role_of_the_space(page: Page) -> str:
    page.goto("/settings/roles")
    return page.get_by_role("link", name="Support", exact=True).get_attribute("href") or ""


def _removal(page: Page) -> str:
    page.goto("/settings/people")
    return page.get_by_role("link", name="Remove").first.get_attribute("href") or ""


def add_oauth_credential(page: Page) -> str:
    """One that gets no access key: nobody listens there."""
    page.goto("/settings/oauth-connections/new")
    page.get_by_label("Name", exact=True).fill("CRM sign-in")
    page.get_by_label("Token address").fill("http://127.0.0.1:9/token")
    page.get_by_label("Client ID", exact=True).fill("us")
    page.get_by_label("Client secret", exact=True).fill("secret")
    page.get_by_role("button", name="Save").last.click()
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_text("The test got no access token")).to_be_visible()
    return urlsplit(page.url).path


def add_incoming_webhook(page: Page) -> list[str]:
    """One that was called once, with a source, and the pages around it."""
    page.goto("/incoming/new")
    page.get_by_label("Name", exact=True).fill("Website form")
    page.get_by_label("Events", exact=False).check()
    page.get_by_role("button", name="Create").click()
    shown = urlsplit(page.url).path
    page.request.get(page.locator("#address").inner_text() + "/crm/v1/entities/lead/1")
    page.get_by_role("link", name="Add a source").click()
    page.get_by_label("GitHub").check()
    page.get_by_label("Signing secret or password").fill("canary-source-secret")
    page.get_by_label("Name in the address").fill("github")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Waiting for the first message")).to_be_visible()
    source = urlsplit(page.url).path
    around = ("settings", "delete", "sources/new")
    return [
        *("/incoming", "/incoming/new", "/incoming/services", shown, source),
        *[f"{shown}/{one}" for one in around],
    ]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "320"])
def test_every_screen(at_demo, screens, pages, size):
    page, faults = pages.open(like=at_demo), []
    for address in screens:
        page.goto(address)
        faults += screen_faults(page, size)
    go_to_space(at_demo, SPACE)  # where nothing is yet
    for address in ("/", "/webhooks", "/deliveries", "/inbox", "/incidents", "/incoming"):
        page.goto(address)
        faults += screen_faults(page, size)
    assert faults == []


def test_every_screen_without_javascript(at_demo, screens, pages):
    """On a phone, in the dark. (axe needs scripts, so what it has to say comes from the test above.)"""
    page = pages.open(like=at_demo, javascript=False, dark=True, size=NARROW)
    for address in screens:
        page.goto(address)
        expect(page.locator("main h1, main h2").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0], address
        empty = [link for link in page.locator("main a").all() if not link.get_attribute("href")]
        assert empty == [], address


def test_no_screen_is_left_out(screens, running):
    urls = create_app(running.settings).url_map
    of = urls.bind("127.0.0.1")
    reached = {of.match(a.partition("?")[0])[0] for a in screens if a != "/no-such-page"}
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
