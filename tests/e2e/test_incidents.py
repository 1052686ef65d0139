"""An outage as support meets it: on the start, in one sentence; why; fixed; over. Without reading a log."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from tests.machine.receiver import Answer

EVENTS = 12
CADDY = [("Server", "Caddy"), ("Content-Type", "application/json")]


def test_an_outage_opens_and_ends_by_itself(owner, publish, receiver):
    page = owner
    receiver.always(Answer(200, headers=CADDY))
    page.get_by_role("link", name="Create webhook").first.click()
    page.locator("[id='event-lead.created']").check()
    page.get_by_label("Name", exact=True).fill("CRM sync")
    page.get_by_label("Address", exact=True).fill(receiver.url)
    page.get_by_role("button", name="Save").last.click()
    page.get_by_role("button", name="Turn on", exact=True).click()
    expect(page.get_by_role("button", name="Turn off")).to_be_visible()
    publish_some(publish, 1)
    receiver.wait_for(2)

    receiver.always(Answer(401, b'{"error":"token expired"}', CADDY))
    publish_some(publish, EVENTS)
    receiver.wait_for(2 + EVENTS)
    page.goto("/")
    sentence = page.get_by_role("link", name=f"{EVENTS} events · 401 from Caddy · still failing")
    expect(sentence.first).to_be_visible(timeout=45_000)
    sentence.first.click()
    expect(page.get_by_role("heading", name="CRM sync")).to_be_visible()
    expect(page.get_by_text("They said: “token expired”")).to_be_visible()
    page.get_by_role("link", name="Compare with the last success").click()
    expect(page.locator("mark", has_text="token expired")).to_be_visible()

    receiver.always(Answer(200, headers=CADDY))
    publish_some(publish, 1)
    page.goto("/incidents?state=closed")
    for _ in range(30):
        if page.get_by_text("Works again").count():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(page.get_by_text("Works again")).to_be_visible()


def publish_some(publish, count: int) -> None:
    for number in range(count):
        publish(json.dumps({"type": "lead.created", "data": {"id": number}}))
