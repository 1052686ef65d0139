"""The log history of one delivery, resending it, and the text for the receiver's developer."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from app.core.extensions import db
from app.core.times import utc_now
from app.models import Delivery, Event, Lease
from app.web.rendering import STOP_POLLING

pytestmark = pytest.mark.databases("sqlite")


def flat(answer) -> str:
    return " ".join(answer.text.split())


def test_it_says_why_what_next_and_who(admin, a_webhook, new_delivery):
    delivery_id = new_delivery(a_webhook, "failed", status=404, reason="http_404")
    page = flat(admin.get(f"/deliveries/{delivery_id}"))
    assert "is up, but there is nothing at this address." in page
    assert "Check the part after crm.example.com." in page
    assert "Needs action by: an admin here" in page


def test_tries_are_listed_newest_first_and_only_that_one_is_open(admin, a_failed_delivery):
    page = flat(admin.get(f"/deliveries/{a_failed_delivery}"))
    assert page.count('<details class="fold" id="try-') == 3
    assert page.index("Try 3 ·") < page.index("Try 2 ·") < page.index("Try 1 ·")
    folds = page.split('<details class="fold" id="try-')[1:]
    assert [" open>" in compact[:60] for compact in folds] == [True, False, False]


def test_a_try_shows_all_that_was_sent_and_answered(admin, a_webhook, new_delivery):
    delivery_id = new_delivery(
        a_webhook,
        "failed",
        attempts=1,
        status=500,
        reason="http_500",
        response_headers=orjson.dumps([["Server", "Caddy"]]),
        response_body=b"broken",
        body_size=200_000,
        truncated=True,
        detail="",
    )
    page = flat(admin.get(f"/deliveries/{delivery_id}"))
    for part in (
        "500 Internal Server Error",
        "Caddy",
        "broken",
        "Shortened: the first 6 bytes of 200 kB are kept.",
        "POST https://crm.example.com/hook",
        "name look-up 2 ms · connect 7 ms · encryption 11 ms · first byte 20 ms · rest 2 ms",
        "42 ms",
        "webhook-id",
    ):
        assert part in page, part


def test_without_an_answer_the_raw_error_is_a_technical_detail(admin, a_webhook, new_delivery):
    delivery_id = new_delivery(
        a_webhook,
        "failed",
        status=None,
        reason="refused",
        response_headers=None,
        response_body=None,
        detail="Failed to connect to crm.example.com port 443",
    )
    page = flat(admin.get(f"/deliveries/{delivery_id}"))
    assert "crm.example.com is reachable, but nothing there is accepting connections." in page
    assert "There was no answer." in page
    assert (
        "Failed to connect to crm.example.com port 443"
        in page.split("<summary>Technical details")[1].split("</details>")[0]
    )


def test_the_payload_is_shown_as_fields_and_raw(admin, a_webhook, new_delivery):
    delivery_id = new_delivery(a_webhook, data=b'{"id":12345678901234567890,"who":{"name":"Ada"},"x":1e400}')
    page = flat(admin.get(f"/deliveries/{delivery_id}"))
    assert '<span class="key">id:</span> 12345678901234567890' in page
    assert '<span class="key">name:</span> Ada' in page
    assert '<span class="key">x:</span> 1e400' in page
    assert "&#34;id&#34;: 12345678901234567890" in page


def test_planned_tries_stand_on_the_timeline(admin, a_webhook, new_delivery):
    delivery_id = new_delivery(a_webhook, "pending", attempts=1)
    page = flat(admin.get(f"/deliveries/{delivery_id}"))
    assert "Planned try 2" in page
    assert "Planned try 3" in page
    assert "Planned try 4" not in page
    assert "We will try 2 more times" in page


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("succeeded", "received it at the first try"),
        ("held", "It waits, because CRM sync is not on."),
        ("cancelled", "so it is not going to be sent"),
        ("sending", "It is on its way right now."),
        ("pending", "It is about to be sent."),
    ],
)
def test_each_state_has_its_sentence(admin, a_webhook, new_delivery, status, sentence):
    assert sentence in flat(admin.get(f"/deliveries/{new_delivery(a_webhook, status)}"))


def test_data_that_is_gone_is_said(admin, app, a_failed_delivery):
    with app.test_request_context():
        delivery = db.session.get(Delivery, a_failed_delivery)
        db.session.delete(db.session.get(Event, delivery.event_id))
        db.session.commit()
    assert "The data passed its time limit" in admin.get(f"/deliveries/{a_failed_delivery}").text


def test_it_polls_while_it_moves_and_stops_after(admin, app, a_webhook, new_delivery):
    delivery_id = new_delivery(a_webhook, "pending")
    page = admin.get(f"/deliveries/{delivery_id}").text
    known = page.split("known=")[1].split('"')[0]
    assert admin.get(f"/deliveries/{delivery_id}", target="log", known=known).status_code == 204
    with app.test_request_context():
        db.session.get(Delivery, delivery_id).status = "succeeded"
        db.session.commit()
    answer = admin.get(f"/deliveries/{delivery_id}", target="log", known=known)
    assert answer.status_code == STOP_POLLING
    assert "hx-trigger" not in answer.text


class TestResend:
    """One click on a failed one; a delivered one asks first."""

    def test_without_htmx(self, support, a_failed_delivery, app):
        answer = support.post(f"/deliveries/{a_failed_delivery}/resend")
        assert (answer.status_code, answer.location) == (303, f"/deliveries/{a_failed_delivery}")
        assert "It is being sent again." in support.get(answer.location).text
        with app.test_request_context():
            delivery = db.session.get(Delivery, a_failed_delivery)
            assert (delivery.status, delivery.manual) == ("pending", True)

    @pytest.mark.parametrize("target", ["log", "row"])
    def test_with_htmx_the_part_shows_the_new_state_and_says_so(self, support, a_failed_delivery, target):
        target = f"row-{a_failed_delivery}" if target == "row" else target
        answer = support.post(f"/deliveries/{a_failed_delivery}/resend", target=target)
        assert f'id="{target}"' in answer.text
        assert 'id="announce" hx-swap-oob' in answer.text
        assert "It is being sent again." in answer.text
        assert "Waiting" in answer.text
        assert "<!doctype" not in answer.text

    def test_a_delivered_one_asks_first(self, support, a_webhook, new_delivery, app):
        delivery_id = new_delivery(a_webhook)
        answer = support.post(f"/deliveries/{delivery_id}/resend")
        assert answer.location == f"/deliveries/{delivery_id}/resend"
        assert "may act on it twice" in support.get(answer.location).text
        with app.test_request_context():
            assert db.session.get(Delivery, delivery_id).status == "succeeded"
        support.post(f"/deliveries/{delivery_id}/resend", sure="1")
        with app.test_request_context():
            assert db.session.get(Delivery, delivery_id).status == "pending"

    def test_until_it_works(self, support, a_failed_delivery, app):
        support.post(f"/deliveries/{a_failed_delivery}/resend", until_it_works="1")
        with app.test_request_context():
            assert db.session.get(Delivery, a_failed_delivery).until_it_works

    @pytest.mark.parametrize("target", ["log", "row", None])
    def test_one_under_way_is_refused_with_a_sentence(self, support, app, a_webhook, new_delivery, target):
        delivery_id = new_delivery(a_webhook, "sending")
        with app.test_request_context():
            db.session.get(Lease, delivery_id).until = utc_now() + timedelta(minutes=1)
            db.session.commit()
        target = f"row-{delivery_id}" if target == "row" else target
        answer = support.post(f"/deliveries/{delivery_id}/resend", target=target)
        answer = support.get(answer.location) if target is None else answer
        assert "This event is being sent right now." in answer.text

    def test_those_who_may_only_look_have_no_button(self, app, log_in, a_failed_delivery):
        from app.models import Role

        with app.test_request_context():
            db.session.query(Role).filter_by(key="member").one().permissions = ["webhooks.view"]
            db.session.commit()
        looker = log_in("member")
        for address in ("/deliveries", f"/deliveries/{a_failed_delivery}"):
            text = looker.get(address).text
            assert f"{a_failed_delivery}/resend" not in text
        assert looker.post(f"/deliveries/{a_failed_delivery}/resend").status_code == 403


def test_the_text_for_the_developer(support, a_failed_delivery):
    answer = support.get(f"/deliveries/{a_failed_delivery}/text")
    assert answer.mimetype == "text/plain"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    for part in (
        "lead.created",
        "Status: Failed",
        "POST https://crm.example.com/hook",
        "webhook-id:",
        '"error": "busy"',
    ):
        assert part in answer.text, part
