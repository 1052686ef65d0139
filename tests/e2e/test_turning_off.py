"""A webhook fails until we turn it off, is mended and sends what waited; a receiver confirms by its link."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.machine.receiver import Answer, Received, Receiver


def soon(page: Page, check, seconds: int = 20) -> None:
    """With JavaScript a page changes by itself, without it a person reloads."""
    javascript = page.evaluate("true") and page.locator("html.js").count() > 0
    for _ in range(seconds):
        try:
            check()
            return
        except AssertionError:
            if not javascript:
                page.reload()
    check()


def test_turned_off_by_us_mended_and_all_arrives_in_order(visitor, call, receiver, post_office, running):
    page = visitor
    name = f"Shop {receiver.port}"
    made = call(
        "POST",
        "/webhooks",
        name=name,
        url=receiver.url,
        events=["deal.created"],
        failure_limit=4,
        failure_window_s=0,
        max_in_flight=1,
    )
    call("POST", f"/webhooks/{made['id']}/enable", force=True)
    receiver.always(Answer(503))
    for n in range(6):
        call("POST", "/events", type="deal.created", data={"n": n})
    receiver.wait_for(4)

    page.goto("/webhooks")
    attention = page.locator("section", has_text="your attention").locator(".spread", has_text=name)
    banner = attention.get_by_text(
        "We turned this webhook off after 4 failed tries in a row; 6 events are waiting."
    )
    until = time.monotonic() + 30
    while not banner.count() and time.monotonic() < until:
        page.wait_for_timeout(250)
        page.reload()
    expect(banner).to_be_visible()
    attention.get_by_role("link", name=name).click()
    card = page.locator("#diagnosis")
    expect(card.get_by_text("Turned off by us")).to_be_visible()
    expect(card.get_by_text("127.0.0.1 is down or overloaded.")).to_be_visible()
    told = post_office.wait_for(f"“{name}” was turned off")
    assert told["to"] == running.owner_email

    receiver.always(Answer(200))
    page.get_by_role("button", name="Test", exact=True).first.click()
    expect(page.get_by_text("The test was accepted")).to_be_visible()
    page.goto(f"/webhooks/{made['id']}")
    card.get_by_role("button", name="Turn on", exact=True).click()
    expect(card.get_by_text("It is on again. Nothing has been sent since.")).to_be_visible()
    receiver.forget()
    card.get_by_role("button", name="Send the 6 that waited").click()
    receiver.wait_for(6)
    assert [r.json()["data"]["n"] for r in receiver.requests] == list(range(6))
    soon(page, lambda: expect(page.locator("#totals")).to_contain_text("Delivered6", timeout=1000))

    page.get_by_role("link", name="Changes").click()
    kinds = ["What waited was sent", "Turned on", "Tested", "Turned off by us", "Turned on", "Created"]
    expect(page.locator("tbody th")).to_have_text(kinds)


class Confirming(Receiver):
    """A receiver whose program follows confirmation links by itself, as SNS handlers do."""

    follows = True

    def take(self, request: Received) -> Answer:
        answer = super().take(request)
        if self.follows and b"confirmation_url" in request.body:
            link = request.json()["data"]["confirmation_url"]
            threading.Thread(target=requests.get, args=(link,), kwargs={"timeout": 20}).start()
        return answer


@pytest.fixture
def confirming():
    made = Confirming().start()
    yield made
    made.stop()


def test_a_receiver_confirms_by_following_the_link(visitor, confirming, call):
    page = visitor
    page.goto("/webhooks/new")
    page.locator("[id='event-lead.created']").check()
    page.get_by_label("Name", exact=True).fill("Confirming")
    page.get_by_label("Address", exact=True).fill(confirming.url)
    page.get_by_role("checkbox", name="Active").check()
    page.locator("#proof > summary").click()
    page.get_by_label("Confirm by following a link").check()
    page.get_by_role("button", name="Save").last.click()
    card = page.locator("#diagnosis")
    soon(page, lambda: expect(card.get_by_text("Working")).to_be_visible(timeout=1000))
    event = call("POST", "/events", type="lead.created", data={"id": 7})
    assert confirming.wait_for(2)[1].header("webhook-id") == event["id"]
    page.get_by_role("link", name="Changes").click()
    confirmed = page.locator("tbody tr", has=page.get_by_role("rowheader", name="Confirmed", exact=True))
    expect(confirmed).to_contain_text("The receiver")
    call("POST", f"/webhooks/{page.url.partition('/webhooks/')[2].partition('/')[0]}/disable")


def test_an_expired_link_says_what_to_do_and_can_be_sent_again(log_in, pages, confirming, call, running):
    confirming.follows = False
    made = call(
        "POST",
        "/webhooks",
        name="Slow",
        url=confirming.url,
        events=["lead.created"],
        verification="confirmation",
    )
    call("POST", f"/webhooks/{made['id']}/enable")
    link = confirming.requests[0].json()["data"]["confirmation_url"]
    database = sqlite3.connect(Path(running.settings["INSTANCE_DIR"]) / "hookdesk.db", timeout=20)
    database.execute("update confirmation set expires_at = 1 where webhook_id = ?", (made["id"],))
    database.commit()
    database.close()
    stranger = pages.open()
    stranger.goto(link)
    expect(stranger.get_by_role("heading", name="This link has expired")).to_be_visible()
    expect(stranger.get_by_text("choose “Send again”")).to_be_visible()

    page = log_in(pages.open())
    page.goto(f"/webhooks/{made['id']}")
    card = page.locator("#diagnosis")
    expect(card.get_by_text("Waiting for confirmation")).to_be_visible()
    expect(card.get_by_text("The link has expired. Send it again.")).to_be_visible()
    card.get_by_role("button", name="Send again").click()
    expect(card.get_by_text("The link works until")).to_be_visible()
    stranger.goto(confirming.wait_for(2)[1].json()["data"]["confirmation_url"])
    expect(stranger.get_by_role("heading", name="Confirmed")).to_be_visible()
    expect(card.get_by_text("Working")).to_be_visible()
