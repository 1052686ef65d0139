"""An outage of one receiver, as the person who looks after it lives it: fix, test, turn on, resend everything."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.machine.receiver import Answer

EVENTS = 60
# Counts what a person clicks, over several pages.
COUNT = """
    addEventListener("pointerdown", (event) => {
        const all = JSON.parse(sessionStorage.getItem("clicks") || "[]");
        sessionStorage.setItem("clicks", JSON.stringify([...all, event.target.innerText.trim()]));
    }, true);
"""


@pytest.fixture
def outage(call, receiver):
    """A webhook whose receiver failed in two ways for 60 events until we turned it off; the ids of the events."""

    webhooks = []

    def happen(name: str) -> tuple[str, list[str]]:
        settings = {"events": ["deal.created"], "failure_limit": EVENTS, "failure_window_s": 0}
        made = call(
            "POST",
            "/webhooks",
            name=name,
            url=receiver.url,
            retry={"schedule": []},
            max_in_flight=1,
            **settings,
        )
        webhooks.append(made["id"])
        call("POST", f"/webhooks/{made['id']}/enable", force=True)
        receiver.answer(*[Answer(401)] * (EVENTS // 2))
        receiver.always(Answer(500))
        events = [{"type": "deal.created", "data": {"n": n}} for n in range(EVENTS)]
        ids = call("POST", "/events/batch", events=events)["ids"]
        until = time.monotonic() + 30
        while call("GET", f"/webhooks/{made['id']}")["state"] != "stopped":
            assert time.monotonic() < until
            time.sleep(0.2)
        return made["id"], ids

    yield happen
    for webhook_id in webhooks:  # they get no events of the next test
        call("POST", f"/webhooks/{webhook_id}/disable")


@pytest.fixture(params=[True, False], ids=["javascript", "no javascript"])
def visitor(request, pages, log_in) -> Page:
    """The owner, logged in, whose clicks are counted if there is JavaScript."""
    page = pages.open(javascript=request.param)
    if request.param:
        page.add_init_script(COUNT)
    return log_in(page)


def test_everything_since_an_outage_arrives_once_after_three_clicks(visitor, outage, receiver):
    page, name = visitor, f"Caddy {receiver.port}"
    _webhook_id, ids = outage(name)
    javascript = page.evaluate("true") and page.locator("html.js").count() > 0
    receiver.always(Answer(200))  # fixed
    page.goto("/webhooks")
    page.get_by_role("link", name=name).first.click()
    page.get_by_role("button", name="Test", exact=True).first.click()
    expect(page.get_by_text("The test was accepted")).to_be_visible()
    if not javascript:
        page.go_back()
    card = page.locator("#diagnosis")
    card.get_by_role("button", name="Turn on", exact=True).click()
    expect(card.get_by_role("button", name="Turn off")).to_be_visible()
    receiver.forget()

    page.goto("/webhooks")
    if javascript:
        page.evaluate("sessionStorage.clear()")
    page.get_by_role("link", name=name).first.click()
    page.get_by_role("link", name="that failed").first.click()
    expect(page.get_by_role("heading", name=f"Resend {EVENTS} events to {name}, from")).to_be_visible()
    page.get_by_role("button", name=f"Resend {EVENTS} events").click()
    expect(page.locator("#progress")).to_be_visible()
    if javascript:
        clicks = json.loads(page.evaluate("sessionStorage.getItem('clicks')"))
        assert len(clicks) == 3, clicks

    until = time.monotonic() + 30
    while not page.locator("#progress").get_by_text("Finished").count() and time.monotonic() < until:
        page.wait_for_timeout(250)
        if not javascript:
            page.reload()
    expect(page.locator("#progress").get_by_text(f"{EVENTS} events were delivered.")).to_be_visible()
    expect(page.get_by_role("heading", name=f"{EVENTS} of {EVENTS}")).to_be_visible()
    if javascript:
        expect(page.locator("#announce")).to_contain_text(f"{EVENTS} of {EVENTS}")
    arrived = [request.header("webhook-id") for request in receiver.requests]
    assert Counter(arrived) == Counter(ids)
    assert arrived == ids


def test_stop_and_the_rest(log_in, pages, outage, call, receiver):
    page, name = log_in(pages.open()), f"Nginx {receiver.port}"
    webhook_id, ids = outage(name)
    receiver.always(Answer(200))
    call("POST", f"/webhooks/{webhook_id}/enable", force=True)
    receiver.forget()
    page.goto(f"/recoveries/new?webhook_id={webhook_id}")
    page.get_by_label("At most").fill("5")
    page.get_by_label("At most").blur()
    expect(page.get_by_text("The oldest goes first.")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name=f"Resend {EVENTS} events").click()
    receiver.wait_for(3)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#progress").get_by_text("It was stopped.")).to_be_visible()
    sent = len(receiver.requests)
    assert sent < EVENTS
    page.get_by_role("link", name="Resend the rest").click()
    page.get_by_role("button", name=f"Resend {EVENTS - sent} events").click()
    expect(page.locator("#progress").get_by_text("Finished")).to_be_visible()
    arrived = [request.header("webhook-id") for request in receiver.requests]
    assert Counter(arrived) == Counter(ids)


def test_the_chosen_on_a_page(log_in, pages, outage, call, receiver):
    page, name = log_in(pages.open()), f"Apache {receiver.port}"
    webhook_id, ids = outage(name)
    receiver.always(Answer(200))
    call("POST", f"/webhooks/{webhook_id}/enable", force=True)
    receiver.forget()
    page.goto(f"/deliveries?webhook_id={webhook_id}&status=failed")
    page.get_by_label("Select the 25 on this page").check()
    expect(page.locator("[name=id]:checked")).to_have_count(25)
    page.locator("[name=id]").first.uncheck()
    page.get_by_role("button", name="Resend the selected").click()
    page.get_by_role("button", name="Resend 24 events").click()
    expect(page.locator("#progress").get_by_text("Finished")).to_be_visible()
    arrived = {request.header("webhook-id") for request in receiver.requests}
    assert arrived == set(ids[-25:-1])
    since = datetime.now(UTC) - timedelta(hours=1)
    left = call(
        *("POST", "/recoveries"),
        webhook_id=webhook_id,
        since=since.isoformat(),
        which=["failed"],
        dry_run=True,
    )
    assert (left["total"], left["skipped"]) == (EVENTS, 24)
