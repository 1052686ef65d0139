"""Resend jobs on screen: what is asked, counted, refused, shown while it runs and told at the end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.extensions import db
from app.core.times import utc_now
from app.models import Attempt, Delivery, Incident, Recovery, Webhook
from app.models.recovery import BY_FAILURES, BY_PERSON
from app.queries.recoveries.candidates import next_candidates
from app.queries.recoveries.scope import scope_of

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def failed(a_webhook, new_delivery):
    """Three failed deliveries of a webhook, oldest first."""
    return [new_delivery(a_webhook, "failed") for _ in range(3)]


@pytest.fixture
def recovery(app):
    """The one that was started, and a way to change it."""

    def find(**changes) -> Recovery:
        with app.app_context():
            found = db.session.query(Recovery).order_by(Recovery.id.desc()).first()
            for name, value in changes.items():
                setattr(found, name, value)
            db.session.commit()
            db.session.refresh(found)
            db.session.expunge(found)
            return found

    return find


def _incident_of(app, space_id: str, webhook_id: str) -> str:
    with app.app_context():
        incident = Incident(space_id=space_id, webhook_id=webhook_id, opened_at=utc_now())
        db.session.add(incident)
        db.session.commit()
        return incident.id


def started(answer) -> str:
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def test_everything_that_failed_is_counted_before_it_starts(admin, a_webhook, failed, new_delivery, recovery):
    new_delivery(a_webhook, "succeeded")
    page = admin.get("/recoveries/new", webhook_id=a_webhook).text
    assert "Resend 3 events to CRM sync, from" in page
    assert "The oldest goes first. Receivers may see repeats." in page
    assert "Resend 3 events</button>" in page
    assert "Send 1 first" in page
    place = started(admin.post("/recoveries", webhook_id=a_webhook, failed="1", held="1"))
    found = recovery()
    assert place == f"/recoveries/{found.id}"
    assert (found.total, found.which, found.actor_name) == (3, ["failed", "held"], "admin@example.com")
    assert "0 of 3" in admin.get(place).text


def test_a_selection_and_all_that_were_found_are_two_choices(admin, a_webhook, failed, recovery):
    page = admin.get("/deliveries").text
    assert "Select the 3 on this page" in page
    assert "Resend all 3 found" in page
    chosen = failed[:2]
    question = admin.client.get("/recoveries/new", query_string=[("id", one) for one in chosen]).text
    assert "Resend 2 events to CRM sync?" in question
    started(admin.post("/recoveries", id=chosen))
    assert recovery().delivery_ids == chosen


def test_the_filters_of_a_list_are_kept(admin, a_webhook, failed, new_webhook, new_delivery, recovery):
    other = new_webhook(name="Shop")
    new_delivery(other, "failed")
    both = admin.get("/recoveries/new", status="failed").text
    assert "Resend 4 events to 2 webhooks?" in both
    assert "Resend 1 event to Shop" in admin.get("/recoveries/new", webhook_id=other, status="failed").text
    nothing = admin.get("/recoveries/new", webhook_id=other, status="succeeded").text
    assert "There is nothing to resend here." in nothing
    answer = admin.post("/recoveries", failed="1")
    assert started(answer) == "/recoveries"
    page = admin.get("/recoveries").text
    assert "2 resend jobs started." in page


def test_a_search_is_resent_as_what_it_found(admin, a_webhook, failed, app, recovery):
    with app.app_context():
        event_id = db.session.get(Delivery, failed[1]).event_id
    assert "Resend 1 event to CRM sync?" in admin.get("/recoveries/new", q=event_id).text
    started(admin.post("/recoveries", q=event_id))
    assert recovery().delivery_ids == [failed[1]]


def test_nothing_to_resend_says_so_and_starts_nothing(admin, a_webhook, app):
    answer = admin.post("/recoveries", webhook_id=a_webhook, failed="1")
    assert answer.status_code == 409
    assert "There is nothing to resend here." in answer.text
    with app.app_context():
        assert db.session.query(Recovery).count() == 0


@pytest.mark.parametrize(
    ("state", "first"),
    [
        ("off", "Turn it on first, then resend."),
        ("paused", "Resume it first, then resend."),
        ("stopped", "Fix the cause, test it and turn it on first, then resend."),
    ],
)
def test_a_webhook_that_is_not_on_says_what_to_do_first(admin, a_webhook, failed, app, state, first):
    with app.app_context():
        db.session.get(Webhook, a_webhook).state = state
        db.session.commit()
    page = admin.get("/recoveries/new", webhook_id=a_webhook).text
    assert first in page
    assert "Open the webhook" in page
    answer = admin.post("/recoveries", webhook_id=a_webhook, failed="1")
    assert answer.status_code == 409
    assert first in answer.text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"since": "soon"}, "Enter a date and time such as"),
        ({"since": "2026-02-02T10:00", "until": "2026-02-01T10:00"}, "This is before the beginning."),
        ({"rate_per_s": "fast"}, "Enter a whole number from 1 to 1,000."),
        ({"never_sent": "1"}, "Enter since when."),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(admin, a_webhook, failed, typed, sentence):
    page = admin.get("/recoveries/new", webhook_id=a_webhook, **typed)
    assert page.status_code == 422
    assert page.text.count(sentence) == 2  # in the summary, and beside the field
    assert admin.post("/recoveries", webhook_id=a_webhook, failed="1", **typed).status_code == 422


def test_what_was_never_sent_is_for_people_who_manage(admin, support, a_webhook):
    asked = {"webhook_id": a_webhook, "never_sent": "1", "since": "2026-01-01T00:00"}
    assert admin.get("/recoveries/new", **asked).status_code == 200
    assert support.get("/recoveries/new", **asked).status_code == 403
    assert support.post("/recoveries", **asked).status_code == 403
    assert "Only people who manage webhooks can choose this." in support.get("/recoveries/new").text


def test_one_first_then_the_rest(admin, a_webhook, failed, recovery):
    place = started(admin.post("/recoveries", webhook_id=a_webhook, failed="1", most="1"))
    assert "0 of 1" in admin.get(place).text
    recovery(state="finished", succeeded=1)
    page = admin.get(place).text
    assert "1 event was delivered." in page
    assert f"again={recovery().id}" in page
    assert "Resend 3 events to CRM sync" in admin.get("/recoveries/new", again=recovery().id).text


def test_a_poller_gets_what_changed_and_an_end(admin, a_webhook, failed, recovery):
    place = started(admin.post("/recoveries", webhook_id=a_webhook, failed="1"))
    known = {"target": "progress", "known": "running.0.3", "told": "0"}
    assert admin.get(place, **known).status_code == 204
    recovery(succeeded=1)
    answer = admin.get(place, **known)
    assert answer.status_code == 200
    assert "1 of 3" in answer.text
    assert "<h1" not in answer.text
    assert 'id="announce"' in answer.text  # another tenth
    recovery(succeeded=3, state="finished")
    end = admin.get(place, **known)
    assert end.status_code == 286
    assert "3 events were delivered." in end.text
    assert "hx-trigger" not in end.text


def test_stop(admin, a_webhook, failed, recovery):
    place = started(admin.post("/recoveries", webhook_id=a_webhook, failed="1"))
    assert "Stop</button>" in admin.get(place).text
    assert started(admin.post(f"{place}/stop")) == place
    assert (recovery().state, recovery().stop_reason) == ("stopping", BY_PERSON)
    assert "Stopping" in admin.get(place).text


def test_what_ended_it_is_said_with_what_to_do(admin, a_webhook, failed, recovery):
    place = started(admin.post("/recoveries", webhook_id=a_webhook, failed="1"))
    recovery(state="paused", stop_reason=BY_FAILURES, failed=20, total=40)
    page = admin.get(place).text
    assert "It stopped by itself after 20 failures in a row." in page
    assert "Resend the 20 that failed" in page
    assert "Resend the rest" in page


def test_another_spaces_are_not_found(admin, app, other_space_id, a_webhook, failed, recovery):
    place = started(admin.post("/recoveries", webhook_id=a_webhook, failed="1"))
    recovery(space_id=other_space_id)
    for path in (
        place,
        f"/recoveries/new?again={recovery().id}",
        f"/recoveries/new?failed_of={recovery().id}",
        f"/recoveries/new?incident={_incident_of(app, other_space_id, a_webhook)}",
    ):
        assert admin.get(path).status_code == 404
    assert admin.post(f"{place}/stop").status_code == 404
    assert recovery().id not in admin.get("/recoveries").text


@pytest.mark.databases("sqlite", "postgresql")
def test_an_incident_resends_its_own_events_and_no_others(admin, app, a_webhook, new_delivery, recovery):
    """One was delivered since, one waits for its next try, one failed long before it began, one after it ended."""
    now = utc_now()
    opened, closed = now - timedelta(minutes=30), now - timedelta(minutes=10)
    new_delivery(a_webhook, "failed", at=opened - timedelta(minutes=1), attempts=1)
    its_own = [
        new_delivery(
            a_webhook, state, at=opened + timedelta(minutes=n), attempts=1, status=503, reason="http_503"
        )
        for n, state in enumerate(("failed", "held", "pending", "failed"))
    ]
    skipped = new_delivery(a_webhook, "cancelled", at=opened + timedelta(minutes=5), attempts=1)
    new_delivery(a_webhook, "held", at=opened + timedelta(minutes=5), attempts=0)
    new_delivery(a_webhook, "failed", at=closed + timedelta(minutes=1), attempts=1)
    with app.app_context():
        tries = {
            one.delivery_id: one.id for one in db.session.query(Attempt).filter(Attempt.outcome == "failed")
        }
        db.session.get_one(Delivery, its_own[3]).status = "succeeded"
        incident = Incident(
            space_id=db.session.get_one(Webhook, a_webhook).space_id,
            webhook_id=a_webhook,
            opened_at=opened,
            closed_at=closed,
            first_attempt_id=tries[its_own[0]],
            last_attempt_id=tries[skipped],
            counted_to=tries[skipped],
        )
        db.session.add(incident)
        db.session.commit()
        incident_id = incident.id
    page = admin.get("/recoveries/new", incident=incident_id).text
    assert "Resend 3 events to CRM sync?" in page
    assert "1 was delivered since and is skipped." in page
    assert f'name="incident" value="{incident_id}"' in page
    place = started(admin.post("/recoveries", incident=incident_id))
    assert (recovery().total, recovery().skipped) == (4, 1)
    assert f'href="/incidents/{incident_id}"' in admin.get(place).text
    with app.app_context():
        session, webhook = db.session(), db.session.get_one(Webhook, a_webhook)
        found = next_candidates(session, scope_of(recovery()), webhook, "", 50)
    assert [one.id for one in found] == its_own[:3]


def test_the_webhooks_page_leads_there(admin, new_webhook, new_delivery):
    webhook = new_webhook()
    new_delivery(webhook, "failed")
    page = admin.get(f"/webhooks/{webhook}").text
    assert "Resend the 1 that failed" in page


def test_an_exact_time_from_elsewhere_is_shown_in_the_readers_zone(admin, a_webhook, failed):
    """As a page about an outage leads here."""
    admin.client.set_cookie("tz", "Europe/Berlin")
    page = admin.get("/recoveries/new", webhook_id=a_webhook, since="2026-01-02T10:00:30.5Z", failed="1").text
    assert 'value="2026-01-02T11:00"' in page
    assert "Resend 3 events to CRM sync" in page
    assert 'name="since" value="2026-01-02T10:00:30.5Z"' in page


@pytest.mark.databases("sqlite", "postgresql")
@pytest.mark.parametrize("nasty", ["%00", "'", "\\", "dlv_", "🎉", "x" * 5000])
def test_odd_input_is_an_answer_and_no_error(admin, a_webhook, nasty):
    for name in ("id", "webhook_id", "event_type", "reason", "q", "status"):
        assert admin.client.get(f"/recoveries/new?{name}={nasty}").status_code in (200, 422)
    for name in ("failed_of", "again", "incident"):
        assert admin.client.get(f"/recoveries/new?{name}={nasty}").status_code in (200, 404)
    assert admin.client.get(f"/recoveries/new?since={nasty}&webhook_id={a_webhook}").status_code in (200, 422)
    assert admin.client.get(f"/recoveries?before={nasty}").status_code == 200
