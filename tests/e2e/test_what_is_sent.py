"""What is sent, chosen by a person: fields from a tree, the format, and a preview that is what then arrives."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from app.catalogue import load_catalogue
from tests.machine.browser import NARROW, WIDE, axe

FORMATS = {
    "standard": lambda body: (body["timestamp"], body["data"]),
    "plain": lambda body: (None, body),
    "space": lambda body: (None, body["payload"]),
    "notification": lambda body: (body["data"]["timestamp"], body["data"]["entity"]),
}


def begin(page, receiver):
    page.goto("/webhooks/new")
    page.locator("[id='event-lead.created']").check()
    page.get_by_label("Name", exact=True).fill("Leads")
    page.get_by_label("Address", exact=True).fill(receiver.url)


def choose_fields(page, javascript=True):
    page.get_by_label("Chosen fields").check()
    if not javascript:
        page.get_by_role("button", name="Show preview").click()
    for path in ("title", "contacts.title"):
        page.locator(f"[id='field-{path}']").check()
    page.get_by_label("Sent as, for title", exact=True).fill("subject")


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no javascript"])
@pytest.mark.parametrize("format_", FORMATS)
def test_what_the_preview_shows_arrives(pages, log_in, publish, receiver, javascript, format_):
    page = log_in(pages.open(javascript=javascript))
    begin(page, receiver)
    page.locator(f"#format-{format_}").check()
    choose_fields(page, javascript)
    if not javascript:
        page.get_by_role("button", name="Show preview").click()
    exact = page.locator("#preview-body")
    expect(exact).to_contain_text("subject")
    expect(page.locator("#preview-url")).to_have_text(receiver.url)
    shown, method = exact.text_content(), page.locator("#preview-method").text_content()
    names = page.locator("#preview-headers th").all_text_contents()
    at, data = FORMATS[format_](json.loads(shown))
    sample = load_catalogue().get("lead.created").sample
    assert data == {"subject": sample["title"], "contacts.title": [c["title"] for c in sample["contacts"]]}
    page.get_by_role("button", name="Save").last.click()
    page.get_by_role("button", name="Turn on").first.click()
    expect(page.locator(".st", has_text="Working").first).to_be_visible()
    event = {"type": "lead.created", "data": sample} | ({"occurred_at": at} if at else {})
    publish(json.dumps(event))
    sent = next(r for r in receiver.wait_for(2) if b"subject" in r.body)
    if format_ == "space":  # the secret is hidden in the preview, and made with the webhook's key
        shown, body = (dict(json.loads(text), secret="") for text in (shown, sent.body))
        assert shown == body and json.loads(sent.body)["secret"].startswith("wh_")
    else:
        assert sent.body.decode() == shown
    assert (sent.method, sent.path) == (method, "/hook")
    ours = [
        name
        for name, _value in sent.headers
        if name.lower() not in {"host", "accept", "accept-encoding", "content-length"}
    ]
    assert [name.lower() for name in ours] == [name.lower() for name in names]


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


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "320"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_suits_every_screen(pages, log_in, receiver, dark, size, tmp_path):
    page = log_in(pages.open(dark=dark, size=size))
    begin(page, receiver)
    choose_fields(page)
    expect(page.locator("#preview-body")).to_contain_text("subject")
    page.locator("#what").screenshot(path=tmp_path / "what.png")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
