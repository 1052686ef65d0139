"""Webhooks by the API: settings in and out, secrets that stay inside, switches, tests, keys."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Caller
from tests.api.problems import fields, problem
from tests.machine.receiver import Answer, Receiver

SETTINGS: dict[str, Any] = {
    "name": "CRM sync",
    "url": "https://crm.example.com/hook",
    "events": ["contact.created", "lead.created"],
    "method": "PUT",
    "projects": ["7", "9"],
    "conditions": [
        {"field": "status", "op": "is", "value": "open"},
        {"field": "amount", "op": "greater", "value": 99.5},
    ],
    "auth": {"kind": "basic", "username": "ada", "password": "canary-password"},
    "headers": {"X-Team": "blue", "X-Api-Key": "canary-header"},
    "format": "standard",
    "success": {"rule": "status_ok"},
    "timeout_s": 10,
    "retry": {"schedule": [5, 60]},
    "failure_limit": 20,
    "failure_window_s": 600,
    "max_in_flight": 3,
}


def test_a_webhook_comes_back_as_it_was_written_without_its_secrets(call: Caller) -> None:
    answer = call("POST", "/webhooks", SETTINGS)
    assert answer.status_code == 201
    assert answer.location == f"/api/v1/webhooks/{answer.json['id']}"
    secret = answer.json["secret"]
    assert secret.startswith("whsec_")
    shown = call("GET", f"/webhooks/{answer.json['id']}")
    expected = {
        **SETTINGS,
        "auth": {"kind": "basic", "username": "ada"},
        "headers": {"X-Team": "blue", "X-Api-Key": None},
    }
    assert {name: shown.json[name] for name in SETTINGS} == expected
    assert (shown.json["state"], shown.json["status"]) == ("off", "off")
    assert shown.json["counts"] == dict.fromkeys(("triggered", "delivered", "failed", "waiting", "held"), 0)
    for text in (shown.text, call("GET", "/webhooks").text):
        assert "canary" not in text
        assert secret not in text


def test_only_the_named_settings_change(call: Caller) -> None:
    made = call("POST", "/webhooks", SETTINGS).json
    changed = call("PATCH", f"/webhooks/{made['id']}", {"name": "B", "auth": {"username": "bob"}})
    assert changed.status_code == 200
    assert (changed.json["name"], changed.json["auth"]) == ("B", {"kind": "basic", "username": "bob"})
    assert changed.json["url"] == SETTINGS["url"]
    assert "secret" not in changed.json


def test_secrets_do_not_move_to_another_host(call: Caller) -> None:
    made = call("POST", "/webhooks", SETTINGS).json
    answer = call("PATCH", f"/webhooks/{made['id']}", {"url": "https://elsewhere.example.com/"})
    assert set(fields(answer)) == {"auth.password", "headers.X-Api-Key"}
    assert call("GET", f"/webhooks/{made['id']}").json["url"] == SETTINGS["url"]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"url": "http://crm.example.com\\@evil.example"}, "url"),
        ({"url": "ftp://crm.example.com"}, "url"),
        ({"url": "https://ada:secret@crm.example.com"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["lead.creatd"]}, "events"),
        ({"events": ["contact.stage_changed"]}, "events"),
        ({"method": "TRACE"}, "method"),
        ({"auth": {"kind": "digest"}}, "auth.kind"),
        ({"auth": {"kind": "basic", "username": "a:b", "password": "x"}}, "auth.username"),
        ({"auth": {"kind": "basic", "username": "a"}}, "auth.password"),
        ({"headers": {"Host": "x"}}, "headers"),
        ({"headers": {"webhook-id": "x"}}, "headers"),
        ({"timeout_s": 0}, "timeout_s"),
        ({"timeout_s": 31}, "timeout_s"),
        ({"timeout_s": 10**30}, "timeout_s"),
        ({"retry": {"schedule": [-1]}}, "retry.schedule"),
        ({"state": "on"}, "state"),
        ({"id": "whk_1"}, "id"),
        ({"secret": "whsec_x"}, "secret"),
        ({"counts": {}}, "counts"),
    ],
)
@pytest.mark.databases("sqlite")
def test_settings_that_cannot_be_used(call: Caller, change: dict[str, Any], wrong: str) -> None:
    plain = {"name": "A", "url": "https://crm.example.com/", "events": ["lead.created"]}
    said = fields(call("POST", "/webhooks", {**plain, **change}))
    assert [field for field in said if field == wrong or field.startswith(f"{wrong}.")], said
    made = call("POST", "/webhooks", plain).json
    assert call("PATCH", f"/webhooks/{made['id']}", change).status_code == 422


def test_turning_on_pings_first(call: Caller, receiver: Receiver) -> None:
    made = call.new_webhook(on=False, url=receiver.url)
    answer = call("POST", f"/webhooks/{made['id']}/enable")
    assert (answer.status_code, answer.json["state"], answer.json["status"]) == (200, "on", "working")
    ping = receiver.requests[0].json()
    assert ping["type"] == "hookdesk.ping"


def test_a_ping_that_does_not_pass_leaves_it_off_and_says_why(call: Caller, receiver: Receiver) -> None:
    receiver.always(Answer(401, b'{"error": "who are you?"}'))
    made = call.new_webhook(on=False, url=receiver.url)
    body = problem(call("POST", f"/webhooks/{made['id']}/enable", {"force": False}), 409, "ping-failed")
    assert body["detail"] == "127.0.0.1 did not accept our password or key."
    attempt = body["attempt"]
    assert (attempt["trigger"], attempt["outcome"], attempt["reason"]) == ("ping", "failed", "http_401")
    assert attempt["response"]["status"] == 401
    assert attempt["response"]["body"] == '{"error": "who are you?"}'
    assert attempt["explanation"]["who"] == "you"
    assert call("GET", f"/webhooks/{made['id']}").json["state"] == "off"
    forced = call("POST", f"/webhooks/{made['id']}/enable", {"force": True})
    assert forced.json["state"] == "on"


def test_a_test_sends_what_a_delivery_would_and_stores_nothing(call: Caller, receiver: Receiver) -> None:
    made = call.new_webhook(on=False, url=receiver.url)
    answer = call("POST", f"/webhooks/{made['id']}/test")
    assert answer.status_code == 200
    assert answer.json["id"] == made["id"]
    assert answer.json["attempt"]["trigger"] == "test"
    assert answer.json["attempt"]["outcome"] == "succeeded"
    sent = receiver.requests[0]
    assert sent.json()["type"] == "lead.created"
    assert sent.header("webhook-signature")
    assert call("GET", "/events").json["data"] == []
    assert call("GET", "/deliveries").json["data"] == []


def test_a_test_may_try_other_settings_than_the_stored_ones(call: Caller, receiver: Receiver) -> None:
    made = call.new_webhook(on=False)
    path = f"/webhooks/{made['id']}/test"
    assert call("POST", path, {"url": receiver.at("/new"), "method": "PATCH"}).status_code == 200
    assert (receiver.requests[0].method, receiver.requests[0].path) == ("PATCH", "/new")
    assert call("GET", f"/webhooks/{made['id']}").json["url"] == made["url"]
    assert set(fields(call("POST", path, {"url": "nonsense"}))) == {"url"}


def test_a_webhook_is_tested_before_it_is_created(call: Caller, receiver: Receiver) -> None:
    receiver.always(Answer(401))
    settings = {"name": "CRM", "url": receiver.at("/new"), "events": ["lead.created"], "method": "PUT"}
    answer = call("POST", "/webhooks/test", settings)
    assert answer.status_code == 200
    tried = answer.json["attempt"]
    assert (tried["trigger"], tried["outcome"], tried["reason"]) == ("test", "failed", "http_401")
    assert tried["explanation"]["who"] == "you"
    sent = receiver.requests[0]
    assert (sent.method, sent.path, sent.json()["data"]["test"]) == ("PUT", "/new", True)
    assert sent.header("webhook-signature")
    assert call("GET", "/webhooks").json["data"] == []


def test_settings_that_cannot_be_used_are_not_tested(call: Caller, receiver: Receiver) -> None:
    wrong = {"url": receiver.url, "events": ["lead.created"], "timeout_s": 31}
    assert set(fields(call("POST", "/webhooks/test", wrong))) == {"name", "timeout_s"}
    assert receiver.requests == []


def test_what_waits_while_paused_is_sent_or_skipped(call: Caller) -> None:
    made = call.new_webhook()
    path = f"/webhooks/{made['id']}"
    assert call("POST", f"{path}/pause").json["state"] == "paused"
    call.publish()
    assert call("GET", path).json["counts"]["held"] == 1
    assert call("GET", "/deliveries?status=held").json["data"][0]["next_attempt_at"] is None
    assert call("POST", f"{path}/resume").json["counts"] | {"held": 0} == {
        **{"triggered": 1, "delivered": 0, "failed": 0, "waiting": 1},
        "held": 0,
    }
    call("POST", f"{path}/pause")
    call("POST", f"{path}/resume", {"held": "skip"})
    assert call("GET", "/deliveries").json["data"][0]["status"] == "cancelled"


def test_switches_that_cannot_be_moved(call: Caller) -> None:
    made = call.new_webhook(on=False)
    for action in ("pause", "resume"):
        problem(call("POST", f"/webhooks/{made['id']}/{action}"), 409, "not-on")
    assert call("POST", f"/webhooks/{made['id']}/disable").json["state"] == "off"


@pytest.mark.parametrize(
    ("action", "body", "wrong"),
    [
        ("enable", {"force": "certainly"}, "force"),
        ("enable", {"forced": True}, "forced"),
        ("disable", {"now": True}, "now"),
        ("pause", {"for": 60}, "for"),
        ("resume", {"held": "burn"}, "held"),
        ("rotate-secret", {"overlap_s": -1}, "overlap_s"),
        ("rotate-secret", {"overlap_s": 10**12}, "overlap_s"),
        ("duplicate", {"name": "B"}, "name"),
    ],
)
@pytest.mark.databases("sqlite")
def test_actions_refuse_what_they_do_not_know(
    call: Caller, action: str, body: dict[str, Any], wrong: str
) -> None:
    made = call.new_webhook()
    assert set(fields(call("POST", f"/webhooks/{made['id']}/{action}", body))) == {wrong}


def test_a_renewed_key_is_shown_once_and_the_old_one_signs_on(call: Caller, receiver: Receiver) -> None:
    made = call.new_webhook(url=receiver.url)
    renewed = call("POST", f"/webhooks/{made['id']}/rotate-secret", {"overlap_s": 60})
    assert renewed.json["secret"] != made["secret"]
    call("POST", f"/webhooks/{made['id']}/test")
    assert str(receiver.requests[-1].header("webhook-signature")).count("v1,") == 2
    call("POST", f"/webhooks/{made['id']}/rotate-secret", {"overlap_s": 0})
    call("POST", f"/webhooks/{made['id']}/test")
    assert str(receiver.requests[-1].header("webhook-signature")).count("v1,") == 1


def test_a_copy_is_off_and_has_a_key_of_its_own(call: Caller) -> None:
    made = call.new_webhook()
    copy = call("POST", f"/webhooks/{made['id']}/duplicate")
    assert copy.status_code == 201
    assert (copy.json["state"], copy.json["name"]) == ("off", "CRM sync (copy)")
    assert copy.json["id"] != made["id"]
    assert copy.json["secret"] != made["secret"]


def test_a_copy_leaves_secrets_out_and_says_so(call: Caller) -> None:
    auth = {"kind": "basic", "username": "ada", "password": "canary-pass"}
    made = call("POST", "/webhooks", {**SETTINGS, "auth": auth, "conditions": []}).json
    answer = call("POST", f"/webhooks/{made['id']}/duplicate")
    assert answer.status_code == 201 and "canary" not in answer.text
    assert answer.json["state"] == "off"
    assert answer.json["auth"] == {"kind": "none", "username": ""}
    assert "X-Api-Key" in made["headers"] and "X-Api-Key" not in answer.json["headers"]
    warned = {one["field"]: one["message"] for one in answer.json["warnings"]}
    assert warned == {
        "auth.password": "The password is not copied. Set user name and password before you turn the copy on.",
        "headers.X-Api-Key": "The value of X-Api-Key is not copied. Set this header before you turn the copy on.",
    }


def test_a_deleted_webhook_is_gone_and_its_history_stays(call: Caller) -> None:
    made = call.new_webhook()
    call.publish()
    assert call("DELETE", f"/webhooks/{made['id']}").status_code == 204
    problem(call("GET", f"/webhooks/{made['id']}"), 404, "not-found")
    problem(call("DELETE", f"/webhooks/{made['id']}"), 404, "not-found")
    assert call("GET", "/webhooks").json["data"] == []
    delivery = call("GET", f"/deliveries?webhook_id={made['id']}").json["data"][0]
    assert delivery["status"] == "cancelled"
    problem(call("POST", f"/deliveries/{delivery['id']}/attempts"), 409, "webhook-deleted")


@pytest.mark.parametrize(
    ("condition", "wrong"),
    [
        ({"op": "is", "value": "x"}, {"conditions.0.field": "Fill in this field."}),
        ({"field": "", "value": "x"}, {"conditions.0.field": "Fill in this field."}),
        ({"field": "a\nb"}, {"conditions.0.field": "Use printable characters only."}),
        (
            {"field": "a", "op": "greater", "value": "many"},
            {"conditions.0.value": "Enter a number, or a day"},
        ),
        ({"field": "a", "op": "less"}, {"conditions.0.value": "Enter a number, or a day"}),
        ({"field": "a", "op": "contains", "value": ""}, {"conditions.0.value": "Enter what the field must"}),
        ({"field": "a", "value": ["x"]}, {"conditions.0.value": "Enter text, a number, true or false."}),
        ({"field": "a", "value": "x" * 1001}, {"conditions.0.value": "Use at most 1000 characters."}),
        ({"field": "a", "op": "like"}, {"conditions.0.op": "Choose one of: is, is_not, contains"}),
        ({"field": "a", "more": 1}, {"conditions.0.more": "There is no field with this name."}),
    ],
)
@pytest.mark.databases("sqlite")
def test_conditions_that_cannot_be_used(
    call: Caller, condition: dict[str, Any], wrong: dict[str, str]
) -> None:
    said = fields(call("POST", "/webhooks", {**SETTINGS, "conditions": [condition]}))
    assert set(said) == set(wrong)
    assert all(said[field].startswith(sentence) for field, sentence in wrong.items()), said


@pytest.mark.databases("sqlite")
def test_a_condition_on_a_field_that_no_sample_has_is_warned_of(call: Caller) -> None:
    odd = [{"field": "colour", "value": "red"}, {"field": "id", "value": 7}]
    made = call("POST", "/webhooks", {**SETTINGS, "conditions": odd})
    assert made.status_code == 201
    assert [one["field"] for one in made.json["warnings"]] == ["conditions.0.field"]
    assert "colour" in made.json["warnings"][0]["message"]
    assert made.json["conditions"][1] == {"field": "id", "op": "is", "value": 7}
    mended = call("PATCH", f"/webhooks/{made.json['id']}", {"conditions": odd[1:]})
    assert "warnings" not in mended.json
