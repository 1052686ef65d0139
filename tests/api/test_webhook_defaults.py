"""What new webhooks start with, by the API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Caller
from tests.api.problems import fields
from tests.machine.receiver import Receiver

CHOSEN: dict[str, Any] = {
    "format": "plain",
    "sns": {"signature_version": "2"},
    "signature": "v1a",
    "success": {"rule": "status_ok"},
    "timeout_s": 12,
    "retry": {"schedule": [60, 300]},
    "failure_limit": 25,
    "failure_window_s": 90,
    "back_by_itself": True,
    "verification": "none",
    "rate_per_s": 7,
    "max_in_flight": 4,
    "ordered": True,
}


def test_a_new_webhook_takes_them_where_its_body_names_no_value(call: Caller) -> None:
    old = call.new_webhook()
    changed = call("PATCH", "/webhook-defaults", CHOSEN)
    assert changed.status_code == 200
    assert changed.json == CHOSEN == call("GET", "/webhook-defaults").json
    made = call.new_webhook(timeout_s=3, rate_per_s=None, ordered=False, retry={})
    named = {"timeout_s": 3, "rate_per_s": None, "ordered": False}
    assert {name: made[name] for name in CHOSEN} == {**CHOSEN, **named}
    again = call("GET", f"/webhooks/{old['id']}").json
    assert {name: again[name] for name in CHOSEN} == {name: old[name] for name in CHOSEN}


@pytest.mark.databases("sqlite")
def test_only_what_is_named_changes_and_only_in_this_space(call: Caller, other: Caller) -> None:
    before = call("GET", "/webhook-defaults").json
    assert call("PATCH", "/webhook-defaults", {"timeout_s": 9}).json == {**before, "timeout_s": 9}
    assert other("GET", "/webhook-defaults").json == before
    assert other.new_webhook()["timeout_s"] == before["timeout_s"]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"timeout_s": 31}, "timeout_s"),
        ({"retry": {"schedule": [-1]}}, "retry.schedule"),
        ({"success": {"rule": "any"}}, "success.rule"),
        ({"url": "https://example.com"}, "url"),
    ],
)
def test_what_cannot_be_used_is_refused(call: Caller, body: dict[str, Any], wrong: str) -> None:
    before = call("GET", "/webhook-defaults").json
    assert wrong in fields(call("PATCH", "/webhook-defaults", body))
    assert call("GET", "/webhook-defaults").json == before


@pytest.mark.databases("sqlite")
def test_a_default_of_ours_that_a_webhook_sends_by(call: Caller, receiver: Receiver) -> None:
    """The default is what is really sent, not only what is shown."""
    call("PATCH", "/webhook-defaults", {"format": "plain"})
    made = call.new_webhook(url=receiver.url)
    tested = call("POST", f"/webhooks/{made['id']}/test")
    assert '"data"' not in tested.json["attempt"]["request"]["body"]
