"""The list of webhooks and a webhook's page: does it work, and if not, why?"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.core.times import utc_now

pytestmark = pytest.mark.databases("sqlite")


def text_of(answer) -> str:
    return " ".join(answer.text.split())


def test_empty_explains_and_offers(admin):
    page = admin.get("/webhooks").text
    assert "A webhook tells another system when something changes here." in page
    assert "/webhooks/new?address=test" in page


def test_support_cannot_create(support):
    page = support.get("/webhooks").text
    assert "/webhooks/new" not in page


def test_a_failing_webhook_stands_on_top_with_its_reason(admin, new_webhook):
    new_webhook(name="Fine")
    new_webhook(
        name="Broken",
        failures_in_a_row=12,
        failing_since=utc_now() - timedelta(hours=1),
        last_sent_at=utc_now(),
        last_status=401,
        last_reason="http_401",
    )
    page = text_of(admin.get("/webhooks"))
    assert "1 webhook needs your attention" in page
    assert "12 failed tries in a row since" in page
    assert "did not accept our password or key." in page
    assert "401 Unauthorized" in page


def test_a_row_shows_what_it_is_and_how_the_last_message_went(admin, new_webhook):
    webhook_id = new_webhook(name="CRM sync", method="PUT", last_sent_at=utc_now(), last_status=204)
    off_id = new_webhook(name="At rest", state="off")
    page = text_of(admin.get("/webhooks"))
    row, resting = (page.split(f'id="row-{one}"')[1].split("</tr>")[0] for one in (webhook_id, off_id))
    for shown in ("CRM sync", "https://", "Lead created", "PUT", "Working", "just now", "204"):
        assert shown in row
    for action in ("Turn off", "Edit", "Duplicate", "Pause", "History", "Delete"):
        assert f">{action}</" in row
    for shown in ("At rest", "Off", "Never", ">Turn on</"):
        assert shown in resting


def test_nothing_needs_attention_where_all_is_well(admin, a_webhook):
    assert "your attention" not in admin.get("/webhooks").text


@pytest.mark.parametrize(
    ("changes", "badge", "sentence"),
    [
        ({"state": "off"}, "Off", "Nothing is sent while it is off"),
        ({"state": "paused"}, "Paused", "Events wait until you resume it."),
        ({}, "Working", "It is on and waits for the first event."),
        ({"last_sent_at": utc_now()}, "Working", "It works. Last sent:"),
        ({"last_failure_at": utc_now()}, "Some failing", "It works now."),
        (
            {"failures_in_a_row": 3, "failing_since": utc_now(), "last_reason": "http_404"},
            "Failing",
            "there is nothing at this address",
        ),
        (
            {"state": "stopped", "failures_in_a_row": 10},
            "Turned off by us",
            "We turned this webhook off after 10 failed tries in a row",
        ),
    ],
)
def test_each_state_says_what_it_means(admin, new_webhook, changes, badge, sentence):
    webhook_id = new_webhook(**changes)
    page = text_of(admin.get(f"/webhooks/{webhook_id}"))
    tone = {"Off": "off", "Paused": "off", "Working": "ok", "Some failing": "warn"}.get(badge, "bad")
    shown = re.search(r'id="diagnosis".*?class="st st-(\w+)"[^>]*>(.*?)</span>', page, re.DOTALL)
    assert shown and (shown[1], re.sub(r"<.*?>", "", shown[2]).strip()) == (
        tone,
        badge,
    )  # S1: gray, green, orange
    assert sentence in page


def test_totals_and_bars_add_up_before_and_after_folding(admin, a_webhook, new_delivery, app):
    from app.maintenance.counters import compact

    for status in ("succeeded", "succeeded", "failed", "held", "pending"):
        new_delivery(a_webhook, status)
    before = admin.get(f"/webhooks/{a_webhook}").text
    with app.test_request_context():
        assert compact()
    after = admin.get(f"/webhooks/{a_webhook}").text
    for page in (before, after):
        flat = " ".join(page.split())
        for word, number in (("Triggered", 5), ("Delivered", 2), ("Failed", 1), ("Waiting", 1), ("Held", 1)):
            assert f"<dt>{word}</dt><dd" in flat
            assert f">{number}</dd>" in flat.split(f"<dt>{word}</dt>")[1][:60]
        assert "Last 24 hours: 2 delivered, 3 failed" in flat


def test_the_list_goes_on_where_the_page_ended(admin, new_webhook):
    for number in range(52):
        new_webhook(name=f"Hook {number:02}")
    first = admin.get("/webhooks").text
    assert "Hook 49" in first
    assert "Hook 50" not in first
    following = first.split('href="/webhooks?after=')[1].split('"')[0]
    assert "Hook 51" in admin.get("/webhooks", after=following).text
