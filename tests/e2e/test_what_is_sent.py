"""What is sent, chosen by a person: every part of the form, and a preview that is what then arrives."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Page, expect
from standardwebhooks import Webhook as Verifier

from app.catalogue import load_catalogue
from app.sending.message.masking import mask_headers
from tests.machine.browser import NARROW, screen_faults
from tests.machine.receiver import Received, Receiver

# What libcurl adds by itself.
OF_THE_CONNECTION = {"host", "accept", "accept-encoding", "content-length"}
# What each message has of its own, so that no two requests are ever the same in it.
OF_THE_MESSAGE = ("webhook-id", "webhook-timestamp", "webhook-signature")


def begin(page: Page, address: str, event: str = "lead.created") -> None:
    page.goto("/webhooks/new")
    begin_here(page, address, event)


def begin_here(page: Page, address: str, event: str = "lead.created") -> None:
    page.locator(f"[id='event-{event}']").evaluate("box => { box.closest('details').open = true; }")
    page.locator(f"[id='event-{event}']").check()
    page.get_by_label("Name", exact=True).fill("Leads")
    page.get_by_label("Address", exact=True).fill(address)


def show_preview(page: Page, javascript: bool) -> None:
    """Without JavaScript a button asks for it."""
    if not javascript:
        page.get_by_role("button", name="Show preview").click()


def choose_fields(page: Page, javascript: bool = True) -> None:
    page.get_by_label("Chosen fields").check()
    show_preview(page, javascript)
    for path in ("title", "contacts.title"):
        page.locator(f"[id='field-{path}']").check()
    page.get_by_label("Sent as, for title", exact=True).fill("subject")


def add_headers(page: Page) -> None:
    for number, (name, value) in enumerate((("X-Team", "sales"), ("X-Api-Key", "key-4711")), 1):
        page.get_by_label(f"Name of header {number}").fill(name)
        page.get_by_label(f"Value of header {number}").fill(value)


def use_basic(page: Page) -> None:
    page.locator("#proof > summary").click()
    page.get_by_label("User name and password (Basic)").check()
    page.get_by_label("User name", exact=True).fill("ada")
    page.get_by_label("Password", exact=True).fill("pass-4711")


@dataclass(frozen=True)
class Way:
    """One way of sending, as a person chooses it."""

    format: str
    method: str
    event: str = "lead.created"
    fields: bool = False
    query: str = ""
    more: Callable[[Page], None] | None = None
    javascript: bool = True


WAYS = {
    "a new contact by POST (S2)": Way("standard", "POST", "contact.created"),
    "the data alone by PUT": Way("plain", "PUT", fields=True, more=add_headers, javascript=False),
    "with space and secret by PATCH": Way("space", "PATCH", fields=True),
    "a new project with Basic (S1)": Way("notification", "POST", "project.created", more=use_basic),
    "Amazon SNS": Way("sns", "POST", more=add_headers),
    "GET with chosen fields": Way("standard", "GET", fields=True, query="?team=a%20b", javascript=False),
    "DELETE": Way("notification", "DELETE", "task.deleted", query="?x", more=add_headers, javascript=False),
}


def previewed(page: Page) -> str:
    """The request that the preview shows, as one text."""
    lines = [page.locator("#preview-method").inner_text() + " " + page.locator("#preview-url").inner_text()]
    rows = page.locator("#preview-headers tr")
    lines += [": ".join(row.locator("th, td").all_text_contents()) for row in rows.all()]
    body = page.locator("#preview-body")
    return "\n".join([*lines, "", body.text_content() or "" if body.count() else ""])


def arrived(receiver: Receiver, request: Received) -> str:
    """What the receiver got, as the preview would show it: passwords and keys are bullets there."""
    headers = mask_headers(h for h in request.headers if h[0].lower() not in OF_THE_CONNECTION)
    lines = [f"{request.method} {receiver.at('')}{request.path}", *(f"{n}: {v}" for n, v in headers)]
    return "\n".join([*lines, "", request.body.decode()])


def of_the_message(text: str) -> list[str]:
    """The values of a request that belong to its message, in a fixed order."""
    found = [re.search(rf"(?im)^{name}: (.*)$", text) for name in OF_THE_MESSAGE]
    # SNS's own signature and topic, and the secret value of the format space
    more = [re.search(one, text) for one in (r'"Signature":"([^"]+)', r"\bwhk_\w+", r'"secret":"([^"]+)')]
    return [one[one.re.groups] for one in [*found, *more] if one]


def moment(text: str) -> str | None:
    """When the sample happened, if the request says so."""
    found = re.search(r"(?i)(?:timestamp\W{1,5}|timestamp=)(\d{4}-[^\"\\& ]+Z)", text.replace("%3A", ":"))
    return found[1] if found else None


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_the_preview_shows_arrives(pages, log_in, publish, receiver, way):
    page = log_in(pages.open(javascript=way.javascript))
    begin(page, receiver.url + way.query, way.event)
    page.get_by_label("Method").select_option(way.method)
    page.locator(f"#format-{way.format}").check()
    if way.fields:
        choose_fields(page, way.javascript)
    if way.more:
        way.more(page)
    show_preview(page, way.javascript)
    if way.javascript:  # it follows the last key by itself, after a moment
        page.wait_for_timeout(500)
        expect(page.locator(".htmx-request")).to_have_count(0)
    shown = previewed(page)

    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_text("The test was accepted")).to_be_visible()
    tested = receiver.requests[-1]
    assert tested.method == way.method and "test" in tested.path + tested.body.decode()
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text(re.compile("whsec_")).first).to_be_visible()
    secret = re.search(r"whsec_[\w+/=]+", page.content())
    assert secret
    page.get_by_role("button", name="Turn on").first.click()
    expect(page.locator(".st", has_text="Working").first).to_be_visible()
    sample = load_catalogue().require(way.event).sample
    at = moment(shown)
    event = json.loads(
        publish(json.dumps({"type": way.event, "data": sample} | ({"occurred_at": at} if at else {})))
    )
    receiver.wait_for(3)
    sent = next(r for r in receiver.requests if r.header("webhook-id") == event["id"])

    got = arrived(receiver, sent)
    for ours, theirs in zip(of_the_message(shown), of_the_message(got), strict=True):
        shown = shown.replace(ours, theirs)
    assert got == shown
    at = datetime.fromtimestamp(int(sent.header("webhook-timestamp") or 0), UTC)
    assert sent.header("webhook-signature") == Verifier(secret[0]).sign(event["id"], at, sent.body.decode())
    names = {name.lower() for name, _value in tested.headers}
    assert names == {name.lower() for name, _value in sent.headers}


# What a person types and chooses below, as the API gives it.
ALL_PARTS = {
    "name": "Leads",
    "events": ["lead.created", "lead.stage_changed"],
    "method": "PUT",
    "projects": ["333", "7"],
    "conditions": [{"field": "status", "op": "is_not", "value": "spam"}],
    "auth": {"kind": "basic", "username": "ada"},
    "headers": {"X-Team": "sales", "X-Api-Key": None},
    "payload": {
        "mode": "fields",
        "fields": [
            {"path": "title", "name": "subject"},
            {"path": "contacts.title", "name": "contacts.title"},
        ],
    },
    "format": "sns",
    "sns": {"signature_version": "2"},
    "success": {"rule": "status_ok"},
    "timeout_s": 12,
    "retry": {"schedule": [60, 3600]},
    "failure_limit": 20,
    "failure_window_s": 1800,
    "back_by_itself": True,
    "verification": "none",
    "rate_per_s": 25,
    "max_in_flight": 3,
    "ordered": True,
}


def test_each_part_of_the_form_is_kept_and_stands_there_again(pages, log_in, receiver, running):
    """On a phone in the dark: what is hidden until it is chosen has to come into sight there, too."""
    page = log_in(pages.open(dark=True, size=NARROW))
    page.goto("/webhooks/new")
    page.get_by_label("Search the events").fill("another stage")
    expect(page.locator("[id='event-lead.deleted']")).to_be_visible()
    expect(page.locator("[id='event-contact.created']")).not_to_be_visible()
    page.locator("[id='event-lead.stage_changed']").check()
    page.get_by_label("Search the events").fill("")
    begin_here(page, receiver.url)
    page.get_by_label("Only for these projects").fill("333, 7")
    page.get_by_role("button", name="Add a condition").click()
    condition = page.get_by_role("group", name="Condition 1")
    condition.get_by_label("Field").fill("status")
    condition.get_by_label("Comparison").select_option("is not")
    condition.get_by_label("Value").fill("spam")
    page.get_by_label("Method").select_option("PUT")
    choose_fields(page)
    add_headers(page)
    page.get_by_label("Amazon SNS").check()
    page.get_by_label("Signature version").select_option("2")
    use_basic(page)
    page.locator("#verification-none").check()
    page.get_by_label("Exactly 200 with").check()
    page.get_by_label("Time limit").fill("12")
    page.get_by_label("At times of your own").check()
    page.get_by_label("Own times, in seconds").fill("60, 3600")
    page.get_by_label("Turn it off after").fill("20")
    page.get_by_label("But not before it has failed for").fill("30")
    page.get_by_label("Turn it on again by itself once it works").check()
    page.get_by_label("At most", exact=True).fill("25")
    page.get_by_label("Also at most").fill("3")
    page.get_by_label("Strictly in order").check()
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("Saved. It is off.")).to_be_visible()
    webhook_id = urlsplit(page.url).path.rpartition("/")[2]

    key = {"Authorization": f"Bearer {running.api_key(running.space, 'webhooks:read')}"}

    def kept() -> dict[str, object]:
        answer = requests.get(f"{running.url}/api/v1/webhooks/{webhook_id}", headers=key, timeout=10).json()
        return {name: answer[name] for name in ALL_PARTS}

    assert kept() == ALL_PARTS
    page.get_by_role("link", name="Settings", exact=True).last.click()
    expect(page.get_by_label("Value of header 2")).to_have_value("")
    page.get_by_role("button", name="Save").last.click()  # whatever the page did not show would be lost now
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    assert kept() == ALL_PARTS


def test_the_preview_follows_what_is_typed_and_stores_nothing(pages, log_in, receiver):
    page = log_in(pages.open())
    page.goto("/webhooks/new")
    expect(page.locator("#preview-method")).to_have_text("POST")
    page.get_by_label("Name", exact=True).fill("Never saved")
    page.get_by_label("Address", exact=True).fill("https://crm.example.com/in")
    expect(page.locator("#preview-url")).to_have_text("https://crm.example.com/in")
    page.get_by_label("Method").select_option("GET")
    expect(page.locator("#preview-url")).to_contain_text("type=lead.created")
    page.get_by_label("Name of header 1").fill("X-Api-Key")
    page.get_by_label("Value of header 1").fill("canary-4711")
    expect(page.locator("#preview-headers")).to_contain_text("X-Api-Key")
    assert "canary-4711" not in page.locator("#request-preview").inner_html()
    page.get_by_label("Address", exact=True).fill("ftp://x")
    expect(page.locator("#request-preview")).to_contain_text("https://")
    page.goto("/webhooks")
    expect(page.get_by_role("heading", name="Webhooks", exact=True)).to_be_visible()
    assert page.get_by_text("Never saved").count() == 0


def test_it_suits_every_screen(pages, log_in, receiver):
    page = log_in(pages.open())
    begin(page, receiver.url)
    choose_fields(page)
    expect(page.locator("#preview-body")).to_contain_text("subject")
    assert screen_faults(page) == []
