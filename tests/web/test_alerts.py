"""Settings, Alerts: whether mail goes out, to whom, and what was told lately."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.core.extensions import db
from app.core.times import utc_now
from app.maintenance.people import hand_over_mail, look_for_notices
from app.maintenance.step import Turn
from app.models import Mail, Notice
from app.services import people

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture(params=[""])
def settings(settings, request):
    return {**settings, "SMTP_URL": request.param}


with_mail = pytest.mark.parametrize("settings", ["smtp://user:canary@127.0.0.1:9"], indirect=True)


def test_without_a_mail_server_it_says_so(admin):
    page = admin.get("/settings/alerts").text
    assert "No mail is sent: no mail server is set." in page
    assert "SMTP_URL" in page
    admin.post("/settings/alerts/trial")
    assert "nothing was sent" in admin.get("/settings/alerts").text
    assert db_count(admin, Mail) == 0


def db_count(visitor, model) -> int:
    with visitor.client.application.app_context():
        return db.session.query(model).count()


@with_mail
def test_who_is_told(admin, app, space_id):
    with app.test_request_context():
        people.create_person("eve@example.com", "correct horse battery", space_id, "support")
    page = admin.get("/settings/alerts").text
    assert "Mail goes out through 127.0.0.1, from hookdesk@localhost." in page
    assert "<li>admin@example.com</li>" in page
    assert "eve@example.com" not in page
    assert "canary" not in page


@with_mail
def test_a_trial_letter_waits_for_the_mail_server(admin):
    admin.post("/settings/alerts/trial")
    assert "A letter to admin@example.com is on its way." in admin.get("/settings/alerts").text
    assert db_count(admin, Mail) == 1


@with_mail
def test_what_was_told_lately_and_what_became_of_it(admin, new_webhook, app):
    now = utc_now()
    webhook_id = new_webhook(
        state="stopped",
        state_reason="failures",
        failures_in_a_row=10,
        failing_since=now - timedelta(minutes=5),
        last_failure_at=now,
    )
    with app.test_request_context():
        look_for_notices(Turn(lambda: False))
        hand_over_mail(Turn(lambda: False))
    page = admin.get("/settings/alerts").text
    assert f'href="/webhooks/{webhook_id}"' in page
    assert "1 letter waits" in page
    assert "The mail server said: ConnectionRefusedError" in page
    assert db_count(admin, Notice) == 1


def ways(visitor) -> dict[str, str]:
    """What is chosen on the page."""
    page = visitor.get("/settings/alerts").text
    return dict(re.findall(r'name="alert\.(\w+)"[^>]* value="(\w+)"[^>]* checked', page))


def test_who_manages_webhooks_is_told_and_others_choose(admin, support):
    assert ways(admin) == {
        "stopped": "at_once",
        "warning": "at_once",
        "back": "at_once",
        "incident_opened": "digest",
        "incident_closed": "digest",
        "certificate_ends": "at_once",
        "recovery_finished": "digest",
    }
    assert set(ways(support).values()) == {"never"}
    answer = support.post("/settings/alerts", **{"alert.stopped": "at_once", "alert.warning": "digest"})
    assert answer.status_code == 303
    assert (ways(support)["stopped"], ways(support)["warning"]) == ("at_once", "digest")
    assert ways(admin)["warning"] == "at_once"


def test_a_choice_that_there_is_not_changes_nothing(admin):
    answer = admin.post("/settings/alerts", **{"alert.stopped": "by pigeon", "alert.warning": "never"})
    assert answer.status_code == 422
    assert "Choose at once, in the daily digest, or never." in answer.text
    assert 'href="#f-stopped"' in answer.text and 'id="f-stopped"' in answer.text
    assert ways(admin)["warning"] == "at_once"
    assert admin.post("/settings/alerts", **{"alert.birthday": "never"}).status_code == 422


def test_what_was_chosen_is_in_the_audit(admin, app, space_id):
    admin.post("/settings/alerts", **{"alert.stopped": "never"})
    page = admin.get("/settings/audit").text
    assert "Alerts chosen" in page
    assert "We turned a webhook off" in page


def test_support_sees_their_own_choices_and_nothing_of_mail(support):
    page = support.get("/settings/alerts").text
    assert "Choose what Hookdesk tells you by mail" in page
    assert "Who is told" not in page
    assert support.post("/settings/alerts/trial").status_code == 403


def test_a_member_who_may_see_no_webhooks_may_not(log_in):
    assert log_in("member").get("/settings/alerts").status_code == 403
