"""The list of events: filters that stand in the address, pages by key, truthful counts."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.core.extensions import db
from app.core.paging import BadCursor, decode_cursor, encode_cursor
from app.core.times import utc_now
from app.models import Delivery, Webhook
from app.queries.deliveries import listing as query
from app.queries.deliveries.listing import Filters, count_newer, find_deliveries

NOW = utc_now()


def ids_in(answer) -> list[str]:
    return re.findall(r'<tr id="row-(dlv_\w+)"', answer.text)


@pytest.fixture
def all_kinds(a_webhook, new_delivery) -> dict[str, str]:
    """One delivery of each status, by status."""
    statuses = ("succeeded", "failed", "held", "pending", "sending", "cancelled")
    return {
        status: new_delivery(a_webhook, status, at=NOW - timedelta(minutes=n), object_id=f"rec-{status}")
        for n, status in enumerate(statuses)
    }


def test_a_row_says_which_event_when_where_it_went_and_what_was_answered(admin, app, a_webhook, new_delivery):
    """ID, date and time, event, address, latest response (S4); the address stays what it was (S2)."""
    tried = new_delivery(a_webhook, "failed", status=404, reason="http_404", at=NOW - timedelta(hours=1))
    waits = new_delivery(a_webhook, "held")
    with app.test_request_context():
        db.session.get(Webhook, a_webhook).url = "https://new.example.com/"
        db.session.commit()
        event_id = db.session.get(Delivery, tried).event_id
    for page in ("/deliveries", f"/webhooks/{a_webhook}"):
        rows = dict(re.findall(r'<tr id="row-(\w+)"(.*?)</tr>', admin.get(page).text, re.DOTALL))
        moment = f"{NOW - timedelta(hours=1):%H:%M:%S} UTC"
        for shown in (event_id, "Lead created", moment, "https://crm.example.com/hook<", "404 Not Found"):
            assert shown in rows[tried], shown
        assert "https://new.example.com/<" in rows[waits]


@pytest.mark.databases("sqlite", "postgresql")
def test_the_receivers_own_words_stand_in_its_row_and_on_the_events_page(admin, app, a_webhook, new_delivery):
    said = {"status": 401, "reason": "http_401", "response_body": b'{"error":"token <expired>"}'}
    failed = new_delivery(a_webhook, "failed", object_id="1", **said)
    page = new_delivery(a_webhook, "failed", object_id="2", **{**said, "response_body": b"<html>No</html>"})
    taken = new_delivery(a_webhook, object_id="3")
    quote = '<span class="sub quote" hx-disable>They said: “token &lt;expired&gt;”</span>'
    for address in ("/deliveries", f"/webhooks/{a_webhook}"):
        rows = dict(re.findall(r'<tr id="row-(\w+)"(.*?)</tr>', admin.get(address).text, re.DOTALL))
        assert quote in rows[failed]
        assert "They said" not in rows[page] + rows[taken]
    with app.test_request_context():
        events = [db.session.get_one(Delivery, one).event_id for one in (failed, page, taken)]
    shown = [admin.get(f"/events/{one}").text for one in events]
    assert quote in shown[0]
    assert "They said" not in shown[1] + shown[2]


def test_newest_first(admin, all_kinds):
    assert ids_in(admin.get("/deliveries")) == sorted(all_kinds.values(), reverse=True)


@pytest.mark.parametrize("status", ["succeeded", "failed", "held", "pending", "sending", "cancelled"])
@pytest.mark.parametrize("within", ["space", "webhook"])
def test_each_status(admin, all_kinds, a_webhook, status, within):
    address = "/deliveries" if within == "space" else f"/webhooks/{a_webhook}"
    assert ids_in(admin.get(address, status=status)) == [all_kinds[status]]


def test_one_box_finds_by_exact_id(admin, all_kinds, app):
    with app.test_request_context():
        event_id = db.session.get(Delivery, all_kinds["failed"]).event_id
    for text in (all_kinds["failed"], event_id, "rec-failed", " rec-failed "):
        assert ids_in(admin.get("/deliveries", q=text)) == [all_kinds["failed"]]
    assert ids_in(admin.get("/deliveries", q="rec-failed", status="held")) == []


@pytest.mark.parametrize(
    "odd", ["'", '"', "%", "_", "\\", "\x00'; drop table delivery; --", "💥", "dlv_", "a" * 500]
)
def test_odd_searches_find_nothing_and_break_nothing(admin, all_kinds, odd):
    for name in ("q", "status", "event_type", "since", "until", "webhook_id", "cursor"):
        assert admin.get("/deliveries", **{name: odd}).status_code in {200, 422}
    assert ids_in(admin.get("/deliveries", q=odd)) == []


def test_type_webhook_and_time(admin, a_webhook, new_webhook, new_delivery):
    other = new_webhook(name="Other")
    old = new_delivery(a_webhook, at=NOW - timedelta(hours=3))
    deal = new_delivery(other, event_type="deal.created", at=NOW - timedelta(hours=1))
    assert ids_in(admin.get("/deliveries", event_type="deal.created")) == [deal]
    assert ids_in(admin.get("/deliveries", webhook_id=a_webhook)) == [old]
    moment = (NOW - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    assert ids_in(admin.get("/deliveries", since=moment)) == [deal]
    assert ids_in(admin.get("/deliveries", until=moment)) == [old]


@pytest.mark.parametrize("text", ["soon", "9999-12-31T23:59", "0001-01-01T00:00", "2026-13-01T00:00"])
def test_a_time_that_is_none_is_said(admin, all_kinds, text):
    answer = admin.get("/deliveries", since=text, until=text)
    assert answer.status_code == 422
    assert "Enter a date and time such as" in answer.text


def test_no_results_name_the_filters(admin, all_kinds):
    page = admin.get("/deliveries", q="nothing", status="failed").text
    assert "No event fits these filters" in page
    assert "Status: Failed" in page
    assert "Search: “nothing”" in page
    assert "Clear all filters" in page


def test_another_spaces_webhook_finds_nothing(admin, app, all_kinds):
    from app.services import spaces
    from tests.web.makers import make_delivery, make_webhook

    with app.test_request_context():
        other = str(spaces.create_space("Other").id)
        webhook = make_webhook(other)
        make_delivery(other, webhook)
    assert ids_in(admin.get("/deliveries", webhook_id=webhook)) == []


def test_pages_by_key_show_each_once(admin, a_webhook, new_delivery):
    made = [new_delivery(a_webhook, at=NOW - timedelta(seconds=n)) for n in range(60)]
    seen: list[str] = []
    address = f"/webhooks/{a_webhook}"
    while address:
        answer = admin.get(address)
        seen += ids_in(answer)
        older = re.search(r'href="([^"]+cursor=[^"]+)"', answer.text)
        address = older[1].replace("&amp;", "&") if older else None
    assert seen == sorted(made, reverse=True)
    assert "60 events found" in answer.text


def test_a_cursor_of_strangers_leads_to_the_first_page(admin, all_kinds):
    for cursor in ("bad", "ZGx2X3h4eA", "=", "dlv_00", "é"):
        assert len(ids_in(admin.get("/deliveries", cursor=cursor))) == 6


@pytest.mark.parametrize("text", ["", "x", "ZGx2Xw", "%%%", "é", "a" * 1000])
@pytest.mark.databases("sqlite")
def test_bad_cursors_are_known(text):
    with pytest.raises(BadCursor):
        decode_cursor(text)
    assert decode_cursor(encode_cursor("dlv_0123456789abcdef")) == "dlv_0123456789abcdef"


class TestBelowThePage:
    """The queries, without HTML."""

    def test_counts_are_truthful(self, inside, space_id, a_webhook, new_delivery, monkeypatch):
        monkeypatch.setattr(query, "COUNTED_UP_TO", 3)
        for n in range(3):
            new_delivery(a_webhook, at=NOW - timedelta(seconds=n))
        page = find_deliveries(space_id, Filters())
        assert (page.total, page.more) == (3, False)
        new_delivery(a_webhook, at=NOW)
        page = find_deliveries(space_id, Filters())
        assert (page.total, page.more) == (3, True)

    def test_a_window_ends_honestly_and_goes_on(self, inside, space_id, a_webhook, new_delivery, monkeypatch):
        monkeypatch.setattr(query, "WINDOW", 5)
        rare = new_delivery(a_webhook, event_type="deal.created", at=NOW - timedelta(hours=1))
        for n in range(12):
            new_delivery(a_webhook, at=NOW - timedelta(seconds=n))
        filters, cursor, looks, found = Filters(event_type="deal.created"), None, 0, []
        while True:
            page = find_deliveries(space_id, filters, cursor)
            found += [row.delivery.id for row in page.rows]
            looks += 1
            if page.next_cursor is None:
                break
            assert page.looked_back_to is not None
            cursor = page.next_cursor
        assert (found, looks) == ([rare], 3)

    @pytest.mark.parametrize("status", ["pending", "held"])
    def test_many_that_wait_are_paged_too(
        self, inside, space_id, a_webhook, new_delivery, monkeypatch, status
    ):
        monkeypatch.setattr(query, "COUNTED_UP_TO", 4)
        made = [new_delivery(a_webhook, status, at=NOW - timedelta(seconds=n)) for n in range(9)]
        found, cursor = [], None
        while True:
            page = find_deliveries(space_id, Filters(status=status), cursor, limit=2)
            found += [row.delivery.id for row in page.rows]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert found == sorted(made, reverse=True)

    def test_newer_ones_are_counted(self, inside, space_id, a_webhook, new_delivery):
        first = new_delivery(a_webhook, at=NOW - timedelta(seconds=9))
        assert count_newer(space_id, Filters(), first) == 0
        new_delivery(a_webhook, at=NOW)
        assert count_newer(space_id, Filters(), first) == 1
        assert count_newer(space_id, Filters(status="failed"), first) == 0
        assert count_newer(space_id, Filters(), "dlv_") == 2
