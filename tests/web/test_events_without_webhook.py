"""An event that no webhook took is found by its record, with the reason for each webhook (R39)."""

from __future__ import annotations

import pytest

from app.services import api_keys
from app.services.events.publishing import publish

pytestmark = pytest.mark.databases("sqlite", "postgresql")
OBJECT = "order-4711"


@pytest.fixture
def unsent(app, space_id, new_webhook) -> str:
    """The id of an event that none of three webhooks took."""
    new_webhook(name="Deals only", events=["deal.created"])
    new_webhook(name="Switched off", state="off")
    new_webhook(name="Other project", projects=["p2"])
    with app.test_request_context():
        item = {"type": "lead.created", "data": {"id": 1}, "object_id": OBJECT, "project_id": "p1"}
        done = publish(space_id, [item])
        assert done[0].deliveries == 0
        return done[0].id


def test_the_search_for_its_record_or_id_finds_it(admin, unsent):
    for q in (OBJECT, unsent):
        page = admin.get("/deliveries", q=q).text
        assert "1 event found, sent to no webhook" in page
        assert f'href="/events/{unsent}"' in page
        assert "No event fits these filters" not in page
    assert unsent in admin.get("/deliveries", target="found", q=OBJECT).text


def test_other_filters_hold_for_it_too(admin, unsent):
    for narrower in ({"event_type": "deal.created"}, {"status": "failed"}, {"until": "2020-01-01T00:00"}):
        assert unsent not in admin.get("/deliveries", q=OBJECT, **narrower).text
    assert unsent not in admin.get("/deliveries").text


def test_its_page_says_why_for_each_webhook(admin, support, unsent):
    for visitor in (admin, support):
        page = visitor.get(f"/events/{unsent}").text
        assert "It was sent to no webhook." in page
        for name, why in (
            ("Deals only", "It was not set up to send this kind of event."),
            ("Switched off", "It was off. Since Hookdesk created it on "),
            ("Other project", "It sends events of project “p2” only. This one belongs to “p1”."),
        ):
            assert why in page.split(f">{name}</a>")[1].split("</tr>")[0]


def test_the_page_of_an_event_that_was_sent_says_where_it_went(admin, a_webhook, new_delivery):
    delivery_id = new_delivery(a_webhook)
    log = admin.get(f"/deliveries/{delivery_id}").text
    address = log.split('href="/events/')[1].split('"')[0]
    page = admin.get(f"/events/{address}").text
    assert "It went to 1 webhook." in page
    assert f'href="/deliveries/{delivery_id}"' in page


def test_the_api_finds_it_with_the_same_reasons(app, space_id, unsent):
    with app.test_request_context():
        _key, plain = api_keys.create_key(space_id, "k", ["deliveries:read"])
    headers = {"Authorization": f"Bearer {plain}"}
    client = app.test_client()
    found = client.get("/api/v1/events", query_string={"q": OBJECT}, headers=headers).json["data"]
    assert [event["id"] for event in found] == [unsent]
    detail = client.get(f"/api/v1/events/{unsent}", headers=headers).json
    assert {one["reason"] for one in detail["not_sent"]} == {
        "not_subscribed",
        "off_at_the_time",
        "other_project",
    }


def test_an_event_of_another_space_is_not_there(admin, unsent):
    assert admin.get("/events/evt_nope").status_code == 404
