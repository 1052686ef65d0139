"""Filters of the list of events: in the address, one at a time, in words."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

from app.core.times import utc_now
from app.maintenance.search_keys import take_new

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def listed(admin):
    """Finds the ids of the rows that a list with these filters has."""

    def found(**filters: str) -> list[str]:
        page = admin.get("/deliveries", **filters).text
        return re.findall(r'id="row-(dlv_\w+)"', page)

    return found


@pytest.fixture
def three(new_webhook, new_delivery) -> list[str]:
    """A failure of an hour ago, a success of 30 hours ago, and one of 10 days ago."""
    hook = new_webhook(name="Lead sync")
    return [
        new_delivery(hook, "failed", at=utc_now() - timedelta(hours=1), reason="refused", status=None),
        new_delivery(
            hook, at=utc_now() - timedelta(hours=30), data=b'{"email":"ada@example.com"}', object_id="7"
        ),
        new_delivery(
            new_webhook(name="Other"), at=utc_now() - timedelta(days=10), data=b'{"email":"ada@example.com"}'
        ),
    ]


@pytest.mark.databases("sqlite", "postgresql")
def test_each_filter_alone_and_together(app, listed, three, admin):
    with app.test_request_context():
        take_new()
    one, two, old = three
    assert listed(reason="refused") == [one]
    assert listed(status="succeeded") == [two, old]
    assert listed(q="ada@example.com") == [two, old]
    assert listed(q="ada@example.com", when="7d") == [two]
    assert listed(when="24h") == [one]
    assert listed(when="7d", status="succeeded") == [two]
    assert listed(when="nonsense") == three
    webhook = re.search(r'value="(whk_\w+)">Lead sync', admin.get("/deliveries").text)[1]
    assert listed(webhook_id=webhook, q="7") == [two]


def test_today_and_yesterday_are_days_of_the_persons_zone(admin, listed, three, new_delivery, a_webhook):
    midnight = datetime.combine(utc_now().date(), datetime.min.time(), utc_now().tzinfo)
    before = new_delivery(a_webhook, at=midnight - timedelta(minutes=1))
    assert before in listed(when="yesterday") and before not in listed(when="today")


def test_a_window_that_ends_before_it_begins_says_so_beside_its_field(admin, three):
    answer = admin.get("/deliveries", since="2026-11-21T10:00", until="2026-11-21T09:00")
    assert answer.status_code == 422
    assert answer.text.count("“To” is before “From”.") == 2
    assert 'value="2026-11-21T09:00"' in answer.text


def test_each_chip_takes_one_filter_away(admin, three):
    page = admin.get("/deliveries", status="failed", reason="refused", when="7d").text
    chips = dict(re.findall(r'<a class="chip" href="([^"]+)">([^<]+) <svg', page))
    assert chips == {
        "/deliveries?reason=refused&amp;when=7d": "Status: Failed",
        "/deliveries?status=failed&amp;when=7d": "Reason: Connection refused",
        "/deliveries?status=failed&amp;reason=refused": "When: Last 7 days",
    }


def test_how_many_were_found_is_said_when_a_filter_changes(admin, three):
    assert (
        'id="found-said" hx-swap-oob="innerHTML">1 event found'
        in admin.get("/deliveries", target="found", status="failed").text
    )
    assert (
        "hx-swap-oob"
        not in admin.get("/deliveries", status="failed").text.split('id="found"')[1].split("<table")[0]
    )
