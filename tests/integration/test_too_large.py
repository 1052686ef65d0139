"""Data that does not fit into a web address is a failed attempt that says so, also when it is only a test."""

from __future__ import annotations

from app.services import event_types, webhooks


def test_a_test_by_get_that_does_not_fit(new_webhook, receiver, space_id, monkeypatch):
    webhook = new_webhook(method="GET", on=False)
    sample = event_types.catalogue_of(space_id).get("lead.created").sample
    monkeypatch.setitem(sample, "note", "x" * 9000)
    attempt = webhooks.test(space_id, webhook_id=webhook.id).attempt
    assert (attempt.outcome, attempt.reason, attempt.status) == ("failed", "too_large", None)
    assert receiver.requests == []
