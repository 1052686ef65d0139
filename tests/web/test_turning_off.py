"""What is said on screen before we turn a webhook off, when we did, and how it goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.times import utc_now

pytestmark = pytest.mark.databases("sqlite")


def failing(times: int, minutes: int = 16, **more) -> dict:
    now = utc_now()
    return {
        "failures_in_a_row": times,
        "failing_since": now - timedelta(minutes=minutes),
        "last_failure_at": now,
        "last_reason": "http_401",
        "last_status": 401,
        **more,
    }


@pytest.mark.parametrize("path", ["/webhooks", "/webhooks/{}"])
def test_the_forecast_stands_on_the_list_and_on_the_page(admin, new_webhook, path):
    webhook_id = new_webhook(failure_limit=10, **failing(5))
    page = admin.get(path.format(webhook_id)).text
    assert "At this pace it will be turned off in about 20 minutes." in page


def test_a_webhook_that_is_nearly_turned_off_needs_attention_before_it_is_failing(admin, new_webhook):
    new_webhook(failure_limit=2, failure_window_s=0, **failing(1, 0))
    page = admin.get("/webhooks").text
    assert "1 webhook needs your attention" in page
    assert "The next failed try turns it off." in page


def test_a_few_failures_are_no_alarm(admin, new_webhook):
    new_webhook(failure_limit=100, **failing(2))
    page = admin.get("/webhooks").text
    assert "needs your attention" not in page
    assert "turned off" not in page


def test_when_it_is_due_any_moment(admin, new_webhook):
    late = failing(9, 60, failing_seconds=9, last_failure_at=utc_now() - timedelta(minutes=50))
    webhook_id = new_webhook(failure_limit=10, **late)
    assert "The next failed try turns it off." in admin.get(f"/webhooks/{webhook_id}").text


def test_a_burst_foretells_only_what_is_certain(admin, new_webhook):
    webhook_id = new_webhook(failure_limit=10, failure_window_s=0, **failing(3, 0))
    page = admin.get(f"/webhooks/{webhook_id}").text
    assert "It will be turned off after 7 more failed tries in a row." in page
    webhook_id = new_webhook(failure_limit=10, failure_window_s=300, failing_seconds=3, **failing(3, 0))
    page = admin.get(f"/webhooks/{webhook_id}").text
    assert "It will be turned off after 7 more failed tries in a row. That will not be before" in page


def test_turned_off_says_why_how_many_wait_and_what_to_do(admin, new_webhook, new_delivery):
    webhook_id = new_webhook(state="stopped", state_reason="failures", **failing(10))
    for _ in range(3):
        new_delivery(webhook_id, "held")
    for path in ("/webhooks", f"/webhooks/{webhook_id}"):
        page = admin.get(path).text
        assert "We turned this webhook off after 10 failed tries in a row; 3 events are waiting." in page
        assert "Turned off by us" in page
    page = admin.get(f"/webhooks/{webhook_id}").text
    assert "Fix the cause, test, turn it on, then send the 3." in page
    assert "At this pace" not in page


def test_gone_is_said_as_such(admin, new_webhook, new_delivery):
    webhook_id = new_webhook(
        state="stopped", state_reason="gone", **failing(1, last_reason="http_410", last_status=410)
    )
    new_delivery(webhook_id, "held")
    page = admin.get(f"/webhooks/{webhook_id}").text
    assert "crm.example.com says this address is permanently gone, so we turned the webhook off." in page
    assert "1 event is waiting." in page
    assert "We stopped" not in page


def test_when_we_look_whether_it_works_again(admin, new_webhook, app):
    from app.services.alerts import notices

    webhook_id = new_webhook(state="stopped", state_reason="failures", back_by_itself=True, **failing(10))
    with app.test_request_context():
        notices.look()
    page = admin.get(f"/webhooks/{webhook_id}").text
    assert "We send a test message at" in page
    assert "go on by ourselves once it is accepted." in page


def test_back_by_itself_is_set_in_the_form(admin, a_webhook, app, space_id):
    from app.services import webhooks

    settings = admin.get(f"/webhooks/{a_webhook}/settings").text
    assert 'name="back_by_itself"' in settings
    form = {
        "name": "CRM",
        "url": "https://crm.example.com/hook",
        "events": "lead.created",
        "timeout_s": "5",
        "failure_limit": "10",
        "failure_window_min": "0",
        "max_in_flight": "10",
    }
    for typed, stored in (({"back_by_itself": ["", "1"]}, True), ({"back_by_itself": ""}, False)):
        assert admin.post(f"/webhooks/{a_webhook}/settings", **form, **typed).status_code == 303
        with app.test_request_context():
            assert webhooks.settings_of(webhooks.find(space_id, a_webhook))["back_by_itself"] is stored
