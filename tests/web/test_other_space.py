"""A link into another space: said with a way there to whoever belongs to it, and nothing to others (R35)."""

from __future__ import annotations

import pytest

from app.services import people, spaces
from tests.web.conftest import PASSWORD
from tests.web.makers import make_delivery, make_webhook


@pytest.fixture
def elsewhere(app):
    """(space id, addresses of its things) of a space named Demo."""
    with app.test_request_context():
        space_id = spaces.create_space("Demo").id
        webhook_id = make_webhook(space_id)
        delivery_id = make_delivery(space_id, webhook_id)
        return space_id, [
            f"/webhooks/{webhook_id}",
            f"/webhooks/{webhook_id}/settings",
            f"/deliveries/{delivery_id}",
        ]


def test_somebody_who_belongs_there_is_told_and_gets_there(app, admin, elsewhere):
    space_id, addresses = elsewhere
    with app.test_request_context():
        people.create_person("admin@example.com", PASSWORD, space_id, "support")
    for address in addresses:
        page = admin.get(address).text
        assert "This is in Demo" in page
        assert "Switch to Demo" in page
        assert 'aria-label="Main"' in page
        assert f'name="next" value="{address}"' in page
    answer = admin.post("/space", space_id=space_id, next=addresses[0])
    assert answer.location == f"/s/{space_id}{addresses[0]}"
    assert admin.get(answer.location).status_code == 200
    assert admin.get(addresses[0]).status_code == 200


def test_to_others_nothing_is_there(admin, elsewhere):
    unknown = admin.get("/webhooks/whk_nope").text
    for address in elsewhere[1]:
        answer = admin.get(address)
        assert answer.status_code == 404
        assert answer.text == unknown


@pytest.mark.parametrize("place", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_switching_leads_to_no_other_site(app, admin, elsewhere, place):
    with app.test_request_context():
        people.create_person("admin@example.com", PASSWORD, elsewhere[0], "support")
    assert admin.post("/space", space_id=elsewhere[0], next=place).location == f"/s/{elsewhere[0]}/"
