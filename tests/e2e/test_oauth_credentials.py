"""An OAuth credential with Connect in a real browser, a delivery with its token, and no secret left lying about."""

from __future__ import annotations

import re

import requests
from playwright.sync_api import Page, expect

from tests.e2e.on_the_disk import database_of
from tests.machine.browser import NARROW, screen_faults
from tests.machine.oauth_records import CLIENT_ID, CLIENT_SECRET
from tests.machine.oauth_server import OAuthServer


def add_oauth_credential(page: Page, server: OAuthServer) -> None:
    page.goto("/settings/oauth-connections")
    page.get_by_role("link", name="Add an OAuth connection").click()
    page.get_by_label("Name", exact=True).fill("CRM sign-in")
    page.get_by_label("Somebody signs in at the other system").check()
    page.get_by_label("Token address").fill(server.token_url)
    page.get_by_label("Client ID", exact=True).fill(CLIENT_ID)
    page.get_by_label("Client secret", exact=True).fill(CLIENT_SECRET)
    page.get_by_label("Address where people log in").fill(f"{server.url}/authorize")
    page.get_by_label("Name of parameter 1").fill("x-own")
    page.get_by_label("Value of parameter 1").fill("canary-own-value")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("Saved. Test it now.")).to_be_visible()


def test_connect_then_send_and_leave_no_secret(visitor, publish, oauth_server, running):
    page = visitor
    add_oauth_credential(page, oauth_server)
    oauth_credential = page.url
    expect(page.get_by_text("Not connected")).to_be_visible()
    page.get_by_role("button", name="Connect").click()
    page.get_by_role("link", name="Refuse").click()
    expect(page.get_by_text("The other system said no: “access_denied”.")).to_be_visible()
    page.get_by_role("button", name="Connect").click()
    page.get_by_role("link", name="Allow").click()
    expect(page.get_by_text("Connected. We have an access token.")).to_be_visible()
    assert page.url == oauth_credential

    page.goto("/webhooks/new")
    page.locator("[id='event-lead.created']").check()
    page.get_by_label("Name", exact=True).fill("CRM sync")
    page.get_by_label("Address", exact=True).fill(oauth_server.hook_url)
    page.locator("#proof summary").first.click()
    page.get_by_label("An access token of an OAuth connection").check()
    page.get_by_label("Which OAuth connection").select_option("CRM sign-in")
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_text("The test was accepted")).to_be_visible()
    page.get_by_role("button", name="Save").last.click()
    page.get_by_role("button", name="Turn on", exact=True).click()
    expect(page.get_by_role("button", name="Turn off")).to_be_visible()
    oauth_server.revoke_access()
    before = len(oauth_server.received)
    publish('{"type": "lead.created", "object_id": "4711", "data": {"id": 4711}}')
    for _ in range(20):
        page.reload()
        if page.locator("tbody tr").get_by_text("Delivered").count():
            break
        page.wait_for_timeout(300)
    page.goto(page.locator("tbody th a").first.get_attribute("href") or "")
    expect(page.get_by_text("We renewed it and sent the event again, within this try.")).to_be_visible()
    log = page.content()
    assert len(oauth_server.received) == before + 2  # refused, renewed, taken

    page.goto(oauth_credential)
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_text("The test got an access token")).to_be_visible()
    seen = log + page.content()
    key = running.api_key(running.space, "webhooks:read", "deliveries:read")
    headers = {"Authorization": f"Bearer {key}"}
    for path in ("oauth-credentials", "webhooks", "deliveries"):
        answer = requests.get(f"{running.url}/api/v1/{path}", headers=headers, timeout=10)
        assert "CRM" in answer.text or path == "deliveries"
        seen += answer.text
    dump = database_of(running)
    assert "CRM sign-in" in dump
    assert "you_sent" in dump  # the receiver sent the token back, and only bullets were kept of it
    for name, where in {"pages": seen, "database": dump, "log": running.process.output()}.items():
        assert re.findall(r"canary[^\"'<\s]{0,30}", where) == [], name

    page.goto(f"{oauth_credential}/delete")
    expect(page.get_by_text("is still used")).to_be_visible()
    assert not page.get_by_role("button", name="Delete").count()
    page.goto("/webhooks")
    webhook = page.get_by_role("link", name="CRM sync", exact=True).first.get_attribute("href")
    page.goto(f"{webhook}/delete")
    page.get_by_role("button", name="Delete").click()
    page.goto(f"{oauth_credential}/delete")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted.")).to_be_visible()


def test_the_screens_of_an_oauth_connection(pages, log_in, oauth_server):
    page = log_in(pages.open(size=NARROW))
    findings = []

    def look(what: str) -> None:
        findings.extend(f"{what}: {finding}" for finding in screen_faults(page, NARROW))

    add_oauth_credential(page, oauth_server)
    oauth_credential = page.url
    look("saved")
    page.goto("/settings/oauth-connections")
    look("list")
    page.goto(oauth_credential)
    page.get_by_label("With a client ID and a client secret").check()
    page.get_by_role("button", name="Save").last.click()
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_text("The test got an access token")).to_be_visible()
    look("tested")
    page.get_by_label("Token address").fill(f"{oauth_server.url}/page")
    page.get_by_role("button", name="Save").last.click()
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_text("answered with a web page").first).to_be_visible()
    look("a page")
    page.get_by_label("Client ID", exact=True).fill("")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    look("a problem")
    page.goto(f"{oauth_credential}/delete")
    look("delete")
    page.get_by_role("button", name="Delete").click()
    assert findings == []
