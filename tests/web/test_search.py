"""The search box, its page and `GET /search` of the API (C6, R39)."""

from __future__ import annotations

import pytest

from app.maintenance.search_keys import take_new
from app.services import api_keys
from app.services.events.publishing import publish
from tests.web.makers import make_webhook

pytestmark = pytest.mark.databases("sqlite")
ODD = (
    "%",
    "_",
    "'",
    '"',
    "\\",
    "\0",
    "x" * 10_000,
    "😀",
    "a OR b",
    "*",
    "(",
    "-",
    " ",
    "\u202e",
    "evt_",
    "dlv_'",
    "att_0",
)


@pytest.fixture
def event_id(app, space_id) -> str:
    """An event that no webhook took, whose keys have been taken."""
    item = {
        "type": "lead.created",
        "data": {"email": "ada@example.com", "phone": "+48 600 700 800"},
        "object_id": "L-1",
    }
    with app.test_request_context():
        made = publish(space_id, [item])[0].id
        take_new()
        return made


@pytest.fixture
def call(app, space_id):
    """The API's answer to a search, with a key of these scopes."""

    def do(q: str, scopes: tuple[str, ...] = ("deliveries:read", "webhooks:read")):
        with app.test_request_context():
            _key, plain = api_keys.create_key(space_id, "k", list(scopes))
        headers = {"Authorization": f"Bearer {plain}"}
        return app.test_client().get("/api/v1/search", query_string={"q": q}, headers=headers)

    return do


def test_the_box_is_on_every_page_and_leads_there(admin):
    for path in ("/webhooks", "/deliveries", "/help", "/search", "/settings/roles"):
        page = admin.get(path).text
        assert 'action="/search"' in page and "Record, e-mail, phone, name, event id" in page


def test_an_event_that_went_nowhere_is_found_by_its_record_and_its_data(admin, event_id):
    for q in ("L-1", "ada@example.com", "600-700-800", "ADA@EX"):
        page = admin.get("/search", q=q).text
        assert "1 event found." in page and f'href="/events/{event_id}"' in page and "To no webhook" in page


def test_an_identifier_leads_to_its_page(admin, event_id, a_webhook, a_failed_delivery):
    for q, path in (
        (event_id, f"/events/{event_id}"),
        (a_failed_delivery, f"/deliveries/{a_failed_delivery}"),
        (a_webhook, f"/webhooks/{a_webhook}"),
    ):
        answer = admin.get("/search", q=q)
        assert (answer.status_code, answer.location) == (303, path)


def test_webhooks_and_pages_are_found_by_name(admin, support, app, space_id):
    with app.test_request_context():
        webhook_id = make_webhook(space_id, name="Łódź sync")
    assert f'href="/webhooks/{webhook_id}"' in admin.get("/search", q="łÓDź").text
    assert 'href="/settings/roles"' in admin.get("/search", q="role").text.split("<main")[1]
    assert 'href="/settings/roles"' not in support.get("/search", q="role").text.split("<main")[1]


def test_whatever_is_typed_gets_an_answer(admin, call, event_id):
    for q in ODD:
        assert admin.get("/search", q=q).status_code == 200, q[:20]
        assert admin.get("/deliveries", q=q).status_code == 200, q[:20]
        assert call(q).status_code == 200, q[:20]
    assert "Nothing found for “xxx" in admin.get("/search", q=ODD[6]).text


def test_the_api_answers_to_the_letter(call, app, space_id, event_id):
    with app.test_request_context():
        webhook_id = make_webhook(space_id, name="Ada@example.com sync")
    answer = call("ada@example.com").json
    assert set(answer) == {"data"}
    assert answer["data"] == [
        {
            "kind": "webhook",
            "id": webhook_id,
            "title": "Ada@example.com sync",
            "url": f"http://localhost/webhooks/{webhook_id}",
        },
        {
            "kind": "event",
            "id": event_id,
            "title": "Lead created L-1",
            "url": f"http://localhost/events/{event_id}",
        },
    ]
    assert call("roles").json["data"] == [
        {"kind": "page", "id": "roles.index", "title": "Roles", "url": "http://localhost/settings/roles"}
    ]
    assert [one["kind"] for one in call("ada@example.com", ("deliveries:read",)).json["data"]] == ["event"]
    assert call("ada", ("webhooks:read",)).status_code == 403
