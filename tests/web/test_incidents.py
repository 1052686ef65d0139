"""Incidents on screen: the sentence on the list and the webhook's page, the page of one with its timeline."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest

from app.core.extensions import db
from app.core.times import ms_of, utc_now
from app.models import Attempt, Incident, Lane
from app.services import webhooks
from tests.web.makers import make_webhook

pytestmark = pytest.mark.databases("sqlite")
START = utc_now() - timedelta(minutes=20)


def reason(name: str, failed: int, attempt_id: str = "att_none", server: str = "Caddy") -> dict:
    at = ms_of(START)
    return {
        **{"reason": name, "status": int(name[5:]) if name[:5] == "http_" else None, "server": server},
        **{"failed": failed, "attempts": failed * 2, "first_at": at, "last_at": at + 60_000},
        "attempt_id": attempt_id,
    }


@pytest.fixture
def new_incident(app, space_id):
    """Makes incidents of a webhook and returns their ids."""

    def make(webhook_id: str, *reasons: dict, **changes) -> str:
        with app.test_request_context():
            incident = Incident(
                space_id=changes.pop("space_id", space_id), webhook_id=webhook_id, opened_at=START, **changes
            )
            incident.reasons, incident.failed, incident.attempts = [], 0, 0
            incident.add(reasons)
            db.session.add(incident)
            db.session.get_one(Lane, webhook_id).last_failure_at = START
            db.session.commit()
            return incident.id

    return make


@pytest.fixture
def failed_try(app, a_webhook, new_delivery):
    """A delivery that failed with a message of its receiver; returns the ids of its first and last try."""
    delivery = new_delivery(
        a_webhook,
        "failed",
        at=START,
        status=401,
        reason="http_401",
        response_body=b'{"error":"token expired"}',
    )
    with app.test_request_context():
        ids = db.session.query(Attempt.id).filter_by(delivery_id=delivery).order_by(Attempt.id).all()
    return ids[0][0], ids[-1][0]


SENTENCE = "to now · 1,203 events · 401 from Caddy · still failing"


def test_the_sentence_stands_on_the_list_the_page_and_the_start(admin, a_webhook, new_incident):
    incident = new_incident(a_webhook, reason("http_401", 1203))
    for page in ("/webhooks", f"/webhooks/{a_webhook}", "/", f"/incidents/{incident}"):
        assert SENTENCE in admin.get(page).text, page
    assert f'href="/incidents/{incident}"' in admin.get("/webhooks").text


def test_several_reasons_are_named_with_their_counts(admin, a_webhook, new_incident):
    incident = new_incident(a_webhook, reason("http_401", 1100), reason("refused", 103, server=""))
    page = admin.get(f"/incidents/{incident}").text
    assert "1,203 events · 401 from Caddy (1,100), Connection refused (103)" in page
    assert "Now also: Connection refused" in page


def test_what_its_end_was_is_said(admin, new_webhook, new_incident):
    for ended_by, said in {
        "accepted": "works again",
        "turned_on": "turned on again",
        "turned_off": "turned off by a person",
        "deleted": "the webhook was deleted",
    }.items():
        one = new_incident(
            new_webhook(), reason("http_500", 1), closed_at=START + timedelta(minutes=5), ended_by=ended_by
        )
        assert f"1 event · 500 from Caddy · {said}" in admin.get(f"/incidents/{one}").text


def test_the_page_explains_and_quotes_and_shows_the_tries(admin, a_webhook, new_incident, failed_try):
    first, last = failed_try
    incident = new_incident(
        a_webhook, reason("http_401", 1, last), first_attempt_id=first, last_attempt_id=last
    )
    page = admin.get(f"/incidents/{incident}").text
    assert "crm.example.com did not accept our password or key." in page
    assert "They said: “token expired”" in page
    assert "Update the authentication, test it, then resend." in page
    assert f"/webhooks/{a_webhook}/settings#f-auth-kind" in page
    assert page.count(">Try ") == 3
    assert f"/webhooks/{a_webhook}/tries/compare?incident={incident}" in page


def test_changes_stand_in_its_timeline_and_can_be_reverted_there(
    app, admin, support, a_webhook, new_incident, space_id
):
    with app.test_request_context():
        webhooks.update(space_id, a_webhook, {"timeout_s": 9})
    incident = new_incident(a_webhook, reason("http_401", 1))
    page = admin.get(f"/incidents/{incident}").text
    assert "Settings changed" in page
    assert "Time limit" in page
    assert "/revert" in page
    assert "/revert" not in support.get(f"/incidents/{incident}").text


def test_the_list_filters_and_goes_by_key(admin, new_webhook, new_incident):
    one, other = new_webhook(name="One"), new_webhook(name="Other")
    closed = new_incident(one, reason("http_500", 1), closed_at=utc_now(), ended_by="accepted")
    still = new_incident(other, reason("http_401", 1))
    assert closed in admin.get("/incidents").text
    assert closed not in admin.get("/incidents", state="open").text
    assert still not in admin.get("/incidents", webhook_id=one).text
    assert "No incident fits" in admin.get("/incidents", webhook_id=other, state="closed").text
    assert admin.get("/incidents", before="nonsense").status_code == 200
    assert admin.get("/incidents", colour="red").status_code == 422


def test_another_space_is_not_there(app, admin, other_space_id, new_incident):
    with app.test_request_context():
        webhook = make_webhook(other_space_id)
    incident = new_incident(webhook, reason("http_401", 1), space_id=other_space_id)
    assert admin.get(f"/incidents/{incident}").status_code == 404
    assert incident not in admin.get("/incidents").text


def test_resend_these_leads_to_a_recovery_of_them(admin, a_webhook, new_incident, failed_try):
    first, last = failed_try
    incident = new_incident(
        a_webhook, reason("http_401", 1, last), first_attempt_id=first, last_attempt_id=last
    )
    page = html.unescape(admin.get(f"/incidents/{incident}").text)
    assert f'href="/recoveries/new?incident={incident}"' in page
    assert "Resend these" in page


def test_the_start_says_when_nothing_is_wrong(admin, a_webhook, new_delivery):
    new_delivery(a_webhook)
    page = admin.get("/").text
    assert "Nothing needs your attention" in page
    assert 'aria-label="24 hours: 1 delivered, 0 failed"' in page
    assert "100%" in page


def test_the_start_of_an_empty_space_offers_to_begin(admin):
    page = admin.get("/").text
    assert "No webhooks yet" in page
    assert "Create webhook" in page


def test_marks_and_numbers_of_the_chart(app, admin, a_webhook, new_delivery, new_incident, space_id):
    new_delivery(a_webhook)
    new_delivery(a_webhook, "failed")
    with app.test_request_context():
        webhooks.update(space_id, a_webhook, {"timeout_s": 9})
    new_incident(a_webhook, reason("http_401", 1))
    for chosen, bars in {"24h": 24, "7d": 28, "30d": 30}.items():
        page = admin.get(f"/webhooks/{a_webhook}", chart=chosen).text
        assert "1 delivered, 3 failed" in page
        assert page.count('class="incident"') == 2
        assert page.count('class="change"') == 2
        assert page.count('<tr><th scope="row" class="num">') == bars
        assert "time limit: 9 seconds" in page


def test_no_inline_style_or_script_is_needed(admin, a_webhook, new_delivery, new_incident):
    new_delivery(a_webhook, "failed")
    incident = new_incident(a_webhook, reason("http_401", 1))
    for page in (
        "/",
        f"/webhooks/{a_webhook}",
        f"/incidents/{incident}",
        f"/webhooks/{a_webhook}/tries/compare",
    ):
        text = admin.get(page).text
        assert "style=" not in text
        assert "<script>" not in text
