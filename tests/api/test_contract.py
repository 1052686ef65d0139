"""The contract of the API, called line by line: what goes in, what comes out, under which names."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.sending.failures.reasons import TABLE
from tests.api.conftest import Caller
from tests.machine.receiver import Answer, Receiver

pytestmark = pytest.mark.databases("sqlite")

# All that a webhook may be given, under the names of the contract.
WEBHOOK: dict[str, Any] = {
    "name": "CRM sync",
    "events": ["lead.created"],
    "method": "PUT",
    "projects": ["7"],
    "conditions": [{"field": "status", "op": "is", "value": "open"}],
    "auth": {"kind": "basic", "username": "ada", "password": "canary"},
    "headers": {"X-Team": "blue"},
    "payload": {"mode": "fields", "fields": [{"path": "email", "name": "mail"}]},
    "format": "plain",
    "success": {"rule": "status_ok"},
    "timeout_s": 7,
    "retry": {"schedule": [300, 600]},
    "failure_limit": 12,
    "failure_window_s": 60,
    "back_by_itself": True,
    "verification": "none",
    "rate_per_s": 5,
    "max_in_flight": 3,
    "ordered": True,
}
SHOWN = {"id", "state", "status", "confirmation", "last_sent_at", "last_status", "counts"}
COUNTS = {"triggered", "delivered", "failed", "waiting", "held"}
DELIVERY = {
    *("id", "event_id", "webhook_id", "event_type", "status", "attempts_count", "next_attempt_at"),
    *("payload", "attempts"),
}
ATTEMPT = {
    *("number", "trigger", "started_at", "duration_ms", "timings", "request", "response", "outcome"),
    *("reason", "explanation"),
}
FIXED_REASONS = {
    *("dns_not_found", "dns_timeout", "refused", "reset", "connect_timeout", "read_timeout", "tls_expired"),
    *("tls_self_signed", "tls_incomplete_chain", "tls_name_mismatch", "tls_handshake", "redirect"),
    *("challenge", "not_status_ok", "blocked_address", "not_https", "oauth_refused", "oauth_unreachable"),
    *("too_large", "unknown_outcome", "internal"),
}


@pytest.fixture
def webhook(call: Caller, receiver: Receiver) -> dict[str, Any]:
    """A webhook with every setting, whose receiver fails."""
    receiver.always(Answer(500, b"broken"))
    made = call("POST", "/webhooks", {**WEBHOOK, "url": receiver.url})
    assert made.status_code == 201, made.text
    return dict(made.json or {})


def test_a_webhook_takes_and_shows_every_setting(call: Caller, webhook: dict[str, Any]) -> None:
    assert set(webhook) >= SHOWN | set(WEBHOOK) | {"secret"}
    shown = call("GET", f"/webhooks/{webhook['id']}").json or {}
    assert "secret" not in shown
    assert {name: shown[name] for name in WEBHOOK} == {
        **WEBHOOK,
        "auth": {"kind": "basic", "username": "ada"},
    }
    assert set(shown["counts"]) == COUNTS
    assert (shown["state"], shown["confirmation"]) == ("off", None)


@pytest.mark.parametrize("kind", ["standard", "space", "notification", "sns", "plain"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "GET", "DELETE"])
def test_every_format_goes_by_every_method(call: Caller, receiver: Receiver, kind: str, method: str) -> None:
    made = call.new_webhook(url=receiver.url, format=kind, method=method, verification="none")
    tested = call("POST", f"/webhooks/{made['id']}/test").json or {}
    assert tested["attempt"]["outcome"] == "succeeded"
    [got] = receiver.requests
    assert got.method == method
    assert got.header("webhook-id")
    assert got.header("webhook-signature")


def test_each_switch_answers_with_the_webhook(call: Caller, webhook: dict[str, Any]) -> None:
    path = f"/webhooks/{webhook['id']}"
    for action, body, state in (
        ("enable", {"force": True}, "on"),
        ("pause", {}, "paused"),
        ("resume", {"held": "send"}, "on"),
        ("disable", {}, "off"),
    ):
        answer = call("POST", f"{path}/{action}", body)
        assert answer.status_code == 200, answer.text
        assert (answer.json or {})["state"] == state
    call("PATCH", path, {"verification": "ping"})
    refused = call("POST", f"{path}/enable")
    assert refused.status_code == 409
    assert set((refused.json or {})["attempt"]) >= ATTEMPT
    assert set((call("POST", f"{path}/test").json or {})["attempt"]) >= ATTEMPT
    assert "secret" in (call("POST", f"{path}/rotate-secret", {"overlap_s": 60}).json or {})
    call("PATCH", path, {"auth": {"kind": "none"}, "verification": "confirmation"})
    assert (call("POST", f"{path}/confirmation").json or {})["confirmation"] == "unconfirmed"
    copy = call("POST", f"{path}/duplicate")
    assert (copy.status_code, (copy.json or {})["state"]) == (201, "off")
    assert call("DELETE", path).status_code == 204


def test_a_delivery_and_its_filters(call: Caller, receiver: Receiver) -> None:
    webhook = call.new_webhook(url=receiver.url)
    event = call.publish(object_id="4711")
    assert set(event) == {"id", "type", "created_at", "deliveries"}
    since = "2020-01-01T00:00:00Z"
    filters = (
        f"webhook_id={webhook['id']}&event_id={event['id']}&event_type=lead.created"
        f"&status=pending&q=4711&since={since}&until=2099-01-01T00:00:00Z"
    )
    [listed] = (call("GET", f"/deliveries?{filters}").json or {})["data"]
    whole = call("GET", f"/deliveries/{listed['id']}").json or {}
    assert set(whole) >= DELIVERY
    assert (call("GET", "/deliveries?reason=http_500").json or {})["data"] == []
    resent = call("POST", f"/deliveries/{listed['id']}/attempts", {"until_it_works": True})
    assert resent.status_code == 202
    assert set(resent.json or {}) >= DELIVERY


def test_an_event_names_its_deliveries_and_why_others_got_none(call: Caller) -> None:
    call.new_webhook(events=["task.created"])
    sent_to = call.new_webhook()
    event = call.publish(object_id="9")
    shown = call("GET", f"/events/{event['id']}").json or {}
    assert [one["webhook_id"] for one in shown["deliveries"]] == [sent_to["id"]]
    assert [{"webhook_id", "reason"} <= set(one) for one in shown["not_sent"]] == [True]
    query = "type=lead.created&q=9&since=2020-01-01T00:00:00Z&until=2099-01-01T00:00:00Z"
    assert [one["id"] for one in (call("GET", f"/events?{query}").json or {})["data"]] == [event["id"]]


def test_event_types_get_put_delete(call: Caller) -> None:
    assert call("PUT", "/event-types/invoice.paid", {"sample": {"id": 1}}).status_code == 200
    assert (call("GET", "/event-types/invoice.paid").json or {})["own"] is True
    listed = call("GET", "/event-types?limit=200").json or {}
    assert set(listed) == {"data", "next_cursor"}
    assert "invoice.paid" in [one["key"] for one in listed["data"]]
    assert call("DELETE", "/event-types/invoice.paid").status_code == 204
    assert call("GET", "/event-types/invoice.paid").status_code == 404


def test_every_reason_has_its_word() -> None:
    assert set(TABLE) >= FIXED_REASONS


def test_a_list_has_at_most_200(app: Flask, call: Caller) -> None:
    for path in ("/webhooks", "/deliveries", "/events", "/event-types"):
        assert call("GET", f"{path}?limit=200").status_code == 200
        assert call("GET", f"{path}?limit=201").status_code == 422
