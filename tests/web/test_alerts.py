"""Settings, Alerts: whether mail goes out, to whom, and what was told lately."""

from __future__ import annotations

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


def test_support_may_not(support):
    assert support.get("/settings/alerts").status_code == 403
    assert "Settings" not in support.get("/webhooks").text
