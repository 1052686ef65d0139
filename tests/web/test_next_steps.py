"""Whatever failed: who has to act, and a button or link for each next step that can be done here (R31 to R33)."""

from __future__ import annotations

import orjson
import pytest

from app.core.extensions import db
from app.core.times import utc_now
from app.models import Change, Delivery, Webhook
from app.sending.failures.actions import _ACTIONS, ACTIONS, NOTHING_HERE, actions_for
from app.sending.failures.reasons import TABLE

pytestmark = pytest.mark.databases("sqlite")

MOVED = {
    "status": 301,
    "reason": "redirect",
    "facts": orjson.dumps({"location": "https://new.example.com/hook"}),
    "response_headers": orjson.dumps([["location", "https://new.example.com/hook"]]),
}


@pytest.fixture
def moved(a_webhook, new_delivery):
    """A delivery that failed because the address has moved."""
    return new_delivery(a_webhook, "failed", **MOVED)


@pytest.fixture
def webhook_now(app):
    """A webhook as it is stored now."""

    def read(webhook_id: str) -> Webhook:
        with app.test_request_context():
            return db.session.get(Webhook, webhook_id)

    return read


@pytest.fixture
def failing(app, new_webhook, new_delivery):
    """A webhook whose last tries failed; returns its id."""

    def make(count: int, state: str = "on", **attempt) -> str:
        webhook_id = new_webhook(
            state=state,
            state_reason="failures" if state == "stopped" else None,
            failures_in_a_row=count,
            failing_since=utc_now(),
            last_failure_at=utc_now(),
            last_sent_at=utc_now(),
            last_status=attempt.get("status", 503),
            last_reason=attempt.get("reason", "http_503"),
        )
        delivery_id = new_delivery(webhook_id, "failed", **attempt)
        with app.test_request_context():
            delivery = db.session.get(Delivery, delivery_id)
            db.session.get(Webhook, webhook_id).lane.last_attempt_id = db.session.scalar(
                db.text("select max(id) from attempt where delivery_id = :id"), {"id": delivery.id}
            )
            db.session.commit()
        return webhook_id

    return make


def test_each_reason_has_its_actions_and_each_action_a_reason():
    assert {name for name in TABLE if not actions_for(name)} == NOTHING_HERE
    assert {action for row in _ACTIONS.values() for action in row} == set(ACTIONS)


def test_use_new_address_changes_the_address(admin, a_webhook, moved, webhook_now, app):
    page = admin.get(f"/deliveries/{moved}").text
    assert "Use new address" in page
    assert f'action="/webhooks/{a_webhook}/new-address"' in page
    assert 'name="url" value="https://new.example.com/hook"' in page
    form = {"url": "https://new.example.com/hook", "was": "https://crm.example.com/hook"}
    answer = admin.post(f"/webhooks/{a_webhook}/new-address", **form)
    assert answer.location == f"/webhooks/{a_webhook}"
    assert "The address is now https://new.example.com/hook." in admin.get(answer.location).text
    assert webhook_now(a_webhook).url == "https://new.example.com/hook"
    with app.test_request_context():
        assert db.session.query(Change).filter_by(subject_id=a_webhook).count() == 1


@pytest.mark.parametrize(
    "new", ["", "ftp://x", "https://user:pw@new.example.com/", "https://new.example.com/#part"]
)
def test_an_address_that_cannot_be_used_changes_nothing(admin, a_webhook, webhook_now, new):
    admin.post(f"/webhooks/{a_webhook}/new-address", url=new, was="https://crm.example.com/hook")
    assert 'class="note note-bad' in admin.get(f"/webhooks/{a_webhook}").text
    assert webhook_now(a_webhook).url == "https://crm.example.com/hook"


def test_an_address_that_was_changed_meanwhile_stays(admin, a_webhook, webhook_now):
    admin.post(
        f"/webhooks/{a_webhook}/new-address", url="https://new.example.com/", was="https://old.example.com/"
    )
    assert "was changed meanwhile" in admin.get(f"/webhooks/{a_webhook}").text
    assert webhook_now(a_webhook).url == "https://crm.example.com/hook"


def test_who_may_not_change_it_reads_who_can(admin, support, a_webhook, moved):
    page = support.get(f"/deliveries/{moved}").text
    assert "/new-address" not in page
    assert "Needs action by: an admin here" in page
    assert "Your role does not include this. Ask: admin@example.com." in page
    assert (
        support.post(f"/webhooks/{a_webhook}/new-address", url="https://new.example.com/").status_code == 403
    )
    assert "Your role does not include this" not in admin.get(f"/deliveries/{moved}").text


def test_a_stop_after_503s_says_what_an_admin_can_do_and_has_the_buttons(admin, support, failing):
    webhook_id = failing(10, "stopped")
    page = admin.get(f"/webhooks/{webhook_id}").text
    assert "Needs action by: an admin here" in page
    assert 'id="act-test"' in page
    assert 'id="act-enable"' in page
    assert "Ask: admin@example.com." in support.get(f"/webhooks/{webhook_id}").text


@pytest.mark.parametrize(
    ("status", "reason", "link"),
    [
        (404, "http_404", "settings#f-url"),
        (405, "http_405", "settings#f-method"),
        (401, "http_401", "settings#f-auth-kind"),
        (413, "http_413", "settings#f-payload"),
        (415, "http_415", "settings#f-format"),
        (429, "http_429", "settings#f-rate_per_s"),
        (200, "not_status_ok", "settings#f-success-rule"),
    ],
)
def test_a_link_leads_to_the_field_to_change(admin, failing, status, reason, link):
    webhook_id = failing(3, status=status, reason=reason, method="PUT")
    page = admin.get(f"/webhooks/{webhook_id}").text
    assert f'href="/webhooks/{webhook_id}/{link}"' in page
    assert f'id="{link.partition("#")[2]}"' in admin.get(f"/webhooks/{webhook_id}/settings").text


def test_what_the_developer_must_do_leads_to_the_details(admin, failing):
    page = admin.get(f"/webhooks/{failing(3, status=500, reason='http_500')}").text
    assert "Needs action by: the receiver&#39;s developer" in page
    assert "Details for the developer" in page


@pytest.mark.parametrize("count", [1, 2])
def test_while_the_last_try_failed_it_does_not_work(admin, failing, count):
    page = admin.get(f"/webhooks/{failing(count, status=500, reason='http_500')}").text
    assert "It works" not in page
    assert "The receiving system had an error of its own" in page
    assert "Needs action by" in page


def test_once_a_try_was_delivered_it_works_again(admin, new_webhook):
    webhook_id = new_webhook(last_failure_at=utc_now(), last_sent_at=utc_now(), last_status=200)
    assert "It works now." in admin.get(f"/webhooks/{webhook_id}").text


def test_after_turning_on_the_history_is_true_at_once(admin, new_webhook, receiver):
    webhook_id = new_webhook(state="off", url=receiver.url)
    assert "It is off. Once it is on" in admin.get(f"/webhooks/{webhook_id}").text
    answer = admin.post(f"/webhooks/{webhook_id}/enable", target="diagnosis")
    assert 'id="found" hx-swap-oob="true"' in answer.text
    assert "It is off." not in answer.text
    answer = admin.post(f"/webhooks/{webhook_id}/disable", target="diagnosis")
    assert "It is off. Once it is on" in answer.text


def test_the_list_keeps_its_filters_when_a_button_answers(admin, a_webhook, new_delivery):
    new_delivery(a_webhook, "succeeded")
    headers = {
        "HX-Request": "true",
        "HX-Target": "diagnosis",
        "HX-Current-URL": f"http://localhost/webhooks/{a_webhook}?status=failed",
    }
    answer = admin.client.post(f"/webhooks/{a_webhook}/pause", headers=headers)
    assert "No event fits these filters" in answer.text
