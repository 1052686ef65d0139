"""The whole story, as a newcomer lives it: with JavaScript, and the same without."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Page, expect

from tests.machine.receiver import Answer


def create_webhook(page: Page, name: str, address: str) -> None:
    page.goto("/webhooks")
    page.get_by_role("link", name="Create webhook").first.click()
    page.locator("[id='event-lead.created']").check()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Address", exact=True).fill(address)


def test_the_whole_story(visitor, publish, receiver, request):
    page = visitor
    javascript = "no javascript" not in request.node.name
    receiver.always(
        Answer(200, b'{"status":"OK"}', [("Content-Type", "application/json"), ("X-Answer", "blue")])
    )

    def soon(check) -> None:
        """Without JavaScript a person reloads; with it the page changes by itself."""
        for _ in range(40):
            try:
                check()
                return
            except AssertionError:
                if not javascript:
                    page.reload()
        check()

    create_webhook(page, "CRM sync", receiver.url)
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_text("The test was accepted")).to_be_visible()
    assert receiver.wait_for(1)[0].json()["data"]["test"] is True
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("Saved. It is off.")).to_be_visible()
    page.get_by_role("button", name="Turn on", exact=True).click()
    expect(page.locator("#diagnosis").get_by_text("Working")).to_be_visible()
    expect(page.get_by_role("button", name="Turn off")).to_be_visible()

    publish('{"type": "lead.created", "object_id": "4711", "data": {"id": 4711, "email": "ada@example.com"}}')
    row = page.locator("tbody tr")
    soon(lambda: expect(row.get_by_text("Delivered")).to_be_visible(timeout=1000))
    expect(row.get_by_text("Record 4711")).to_be_visible()
    row.get_by_role("link", name="Lead created").click()
    log = page.locator("dialog #log") if javascript else page.locator("#log")
    expect(log.get_by_text("received it at the first try")).to_be_visible()
    if javascript:
        assert re.search(r"/deliveries/dlv_\w+$", page.url)
    expect(log.locator(".tree").get_by_text("ada@example.com")).to_be_visible()
    newest = log.locator("details.fold").first
    newest.get_by_text("Request headers").click()
    expect(newest.get_by_text("webhook-signature")).to_be_visible()
    newest.get_by_text("Response headers").click()
    expect(newest.get_by_text("X-Answer")).to_be_visible()
    expect(newest.locator("pre").first).to_contain_text('"status": "OK"')
    expect(newest.get_by_text("200", exact=False).first).to_be_visible()

    receiver.stop()
    if javascript:
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)
    else:
        page.go_back()
    publish('{"type": "lead.created", "object_id": "4712", "data": {"id": 4712}}')
    if javascript:  # the hand is on the list, so it says what is new instead of moving
        page.get_by_role("link", name="1 new event: Show").click()
    failing = page.locator("tbody tr", has_text="Record 4712")
    soon(lambda: expect(failing.get_by_text("Trying again at")).to_be_visible(timeout=1000))
    failing.get_by_role("link", name="Lead created").click()
    expect(log.locator(".lead-sentence")).to_have_text(
        "127.0.0.1 is reachable, but nothing there is accepting connections."
    )
    expect(log.get_by_text("Planned try 2")).to_be_visible()

    receiver.start()
    log.get_by_role("button", name="Resend", exact=True).click()
    if not javascript:
        soon(lambda: expect(page.get_by_text("Delivered").first).to_be_visible(timeout=1000))
    else:
        expect(log.get_by_text("Delivered").first).to_be_visible()
    assert receiver.requests[-1].json()["data"] == {"id": 4712}


# Counts what a person does, over several pages. A click on a label is one, though its field hears of it, too.
COUNT = """
    const add = (name, what) => {
        const all = JSON.parse(sessionStorage.getItem(name) || "[]");
        if (name === "clicks" || !all.includes(what)) sessionStorage.setItem(name, JSON.stringify([...all, what]));
    };
    addEventListener("pointerdown", (event) => add("clicks", event.target.innerText || event.target.id), true);
    addEventListener("input", (event) => {
        if (!["checkbox", "radio"].includes(event.target.type)) add("typed", event.target.name);
    }, true);
"""


def test_four_clicks_and_two_typed_fields_until_it_works(log_in, pages, publish, receiver):
    page = pages.open()
    page.add_init_script(COUNT)
    log_in(page).evaluate("sessionStorage.clear()")
    page.get_by_role("link", name="Create webhook").first.click()
    page.locator("[id='event-lead.created']").click()
    page.get_by_label("Name", exact=True).fill("CRM sync")
    page.get_by_label("Address", exact=True).fill(receiver.url)
    page.get_by_role("button", name="Save").last.click()
    page.get_by_role("button", name="Turn on", exact=True).click()
    expect(page.locator("#diagnosis").get_by_text("Working")).to_be_visible()
    event = json.loads(publish('{"type": "lead.created", "data": {"id": 1}}'))
    assert receiver.wait_for(2)[1].header("webhook-id") == event["id"]
    counted = page.evaluate("({...sessionStorage})")
    assert json.loads(counted["clicks"]) == ["Create webhook", "event-lead.created", "Save", "Turn on"]
    assert json.loads(counted["typed"]) == ["name", "url"]
