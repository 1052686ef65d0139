"""The address of every kind of screen in the space "Demo", in the states that the demo has.

A new page is missed by `test_no_screen_is_left_out` until its address stands here.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

# What people do not look at: answers for programs, parts of pages, files; the log-in has a test of its own.
NO_SCREEN = {
    *("portal.enter", "portal.look"),
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


def screens_of_the_demo(page: Page) -> list[str]:
    """Finds them, and makes what the demo does not have."""
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
        *("/settings/space", "/settings/space/archive", "/settings/space/delete", "/spaces", "/spaces/leave"),
        "/settings/audit",
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
