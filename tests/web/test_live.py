"""What a page hears every two seconds: nothing, changed rows, new rows, or that it may stop asking."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.core.extensions import db
from app.core.times import utc_now
from app.models import Delivery
from app.web.rendering import STOP_POLLING

pytestmark = pytest.mark.databases("sqlite")
NOW = utc_now()


@pytest.fixture(params=["/deliveries/live", "/webhooks/{}/live"])
def live(request, admin, a_webhook):
    """Asks what is new, of the space or of the webhook."""
    address = request.param.format(a_webhook)
    return lambda **query: admin.get(address, target="", **query)


def test_nothing_new(live, a_webhook, new_delivery):
    newest = new_delivery(a_webhook, at=NOW)
    assert live(newest=newest).status_code == 204


def test_the_first_row_of_an_empty_list(live, a_webhook, new_delivery):
    new_delivery(a_webhook, at=NOW)
    answer = live(newest="")
    assert answer.status_code == 200
    assert answer.headers["HX-Retarget"] == "#found"
    assert answer.headers["HX-Reswap"] == "outerHTML"
    assert 'class="fresh"' in answer.text


def test_new_rows_come_by_themselves_and_only_those_are_fresh(live, a_webhook, new_delivery):
    newest = new_delivery(a_webhook, at=NOW - timedelta(seconds=5))
    new_delivery(a_webhook, at=NOW)
    answer = live(newest=newest)
    assert answer.text.count('class="fresh"') == 1
    assert answer.text.count("<tr id=") == 2


def test_while_somebody_reads_they_are_only_offered(live, a_webhook, new_delivery):
    newest = new_delivery(a_webhook, at=NOW - timedelta(seconds=5))
    new_delivery(a_webhook, at=NOW)
    answer = live(newest=newest, reading="1")
    assert "HX-Retarget" not in answer.headers
    assert "1 new event: Show" in answer.text
    assert "<tr" not in answer.text


def test_a_row_that_moved_is_sent_alone(live, admin, app, a_webhook, new_delivery):
    delivery_id = new_delivery(a_webhook, "pending", at=NOW)
    page = admin.get("/deliveries").text
    known = page.split(f'value="{delivery_id}~')[1].split('"')[0]
    assert live(newest=delivery_id, moving=f"{delivery_id}~{known}").status_code == 204
    with app.test_request_context():
        db.session.get(Delivery, delivery_id).status = "succeeded"
        db.session.commit()
    answer = live(newest=delivery_id, moving=f"{delivery_id}~{known}")
    assert answer.text.count("<tr id=") == 1
    assert 'hx-swap-oob="true"' in answer.text
    assert "Delivered" in answer.text


def test_a_page_further_back_stops_asking_when_nothing_moves(live):
    assert live(live="1").status_code == STOP_POLLING


def test_filters_hold_for_what_is_new(live, a_webhook, new_delivery):
    newest = new_delivery(a_webhook, at=NOW - timedelta(seconds=5))
    new_delivery(a_webhook, at=NOW)
    assert live(newest=newest, status="failed").status_code == 204


def test_the_webhooks_page_hears_of_its_totals_and_health(admin, a_webhook, new_delivery):
    new_delivery(a_webhook, at=NOW)
    text = admin.get(f"/webhooks/{a_webhook}/live", target="", newest="", health="other").text
    assert 'id="totals" hx-swap-oob="true"' in text
    assert 'id="diagnosis"' in text


def test_rows_of_another_space_are_not_told(admin, app, space_id):
    from app.services import spaces
    from tests.web.makers import make_delivery, make_webhook

    with app.test_request_context():
        other = str(spaces.create_space("Other").id)
        webhook = make_webhook(other)
        delivery = make_delivery(other, webhook)
    assert admin.get("/deliveries/live", target="", newest="zzz", moving=f"{delivery}~x").status_code == 204
    assert admin.get(f"/webhooks/{webhook}/live", target="").status_code == 404


def test_the_webhooks_page_hears_of_a_count_or_a_state_although_no_row_changed(admin, a_webhook):
    page = admin.get(f"/webhooks/{a_webhook}").text
    shown = {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("health", "totals")}
    live = f"/webhooks/{a_webhook}/live"
    assert admin.get(live, target="", newest="", **shown).status_code == 204
    counted = admin.get(live, target="", newest="", **{**shown, "totals": "9.9.9.9.9"})
    assert 'id="totals"' in counted.text and 'id="diagnosis"' not in counted.text
    admin.post(f"/webhooks/{a_webhook}/pause")
    switched = admin.get(live, target="", newest="", **shown)
    assert 'id="diagnosis"' in switched.text and "Paused" in switched.text
