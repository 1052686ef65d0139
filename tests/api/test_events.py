"""Events by the API: found again, and where they went or did not."""

from __future__ import annotations

from tests.api.conftest import Caller


def test_an_event_says_why_other_webhooks_did_not_get_it(call: Caller) -> None:
    on = call.new_webhook()
    off = call.new_webhook(on=False)
    other_events = call.new_webhook(events=["deal.created"])
    other_project = call.new_webhook(projects=["7"])
    unmet = call.new_webhook(conditions=[{"field": "id", "op": "greater", "value": 5000}])
    met = call.new_webhook(conditions=[{"field": "id", "op": "less", "value": 5000}])
    deleted = call.new_webhook(on=False)
    long_gone = call.new_webhook(on=False)
    call("DELETE", f"/webhooks/{long_gone['id']}")
    event = call.publish(project_id="8")
    call("DELETE", f"/webhooks/{deleted['id']}")
    later = call.new_webhook()
    expected = {
        off["id"]: "off_at_the_time",
        other_events["id"]: "not_subscribed",
        other_project["id"]: "other_project",
        unmet["id"]: "condition_not_met",
        deleted["id"]: "off_at_the_time",
        long_gone["id"]: "deleted",
        later["id"]: "created_later",
    }
    shown = call("GET", f"/events/{event['id']}").json
    assert {delivery["webhook_id"] for delivery in shown["deliveries"]} == {on["id"], met["id"]}
    assert {one["webhook_id"]: one["reason"] for one in shown["not_sent"]} == expected

    # What is changed afterwards does not change what was.
    call("POST", f"/webhooks/{off['id']}/enable", {"force": True})
    call("PATCH", f"/webhooks/{off['id']}", {"events": ["deal.created"]})
    call("PATCH", f"/webhooks/{other_events['id']}", {"events": ["lead.created"]})
    call("PATCH", f"/webhooks/{other_project['id']}", {"projects": []})
    call("PATCH", f"/webhooks/{other_project['id']}", {"projects": ["8"]})
    call("PATCH", f"/webhooks/{unmet['id']}", {"conditions": []})
    call("POST", f"/webhooks/{unmet['id']}/disable")
    shown = call("GET", f"/events/{event['id']}").json
    assert {one["webhook_id"]: one["reason"] for one in shown["not_sent"]} == expected


def test_events_are_found(call: Caller) -> None:
    one = call.publish("lead.created", object_id="4711")
    two = call.publish("deal.created", object_id="4711")
    for query, expected in {
        "": [two, one],
        "type=deal.created": [two],
        "q=4711": [two, one],
        "q=4711&type=lead.created": [one],
        f"q={one['id']}": [one],
        "q=nothing": [],
        "since=2020-01-01T00:00:00Z": [two, one],
        "until=2020-01-01T00:00:00Z": [],
        f"until={two['created_at']}": [one] if one["created_at"] < two["created_at"] else [],
    }.items():
        found = call("GET", f"/events?{query}").json["data"]
        assert [event["id"] for event in found] == [event["id"] for event in expected], query


def test_a_list_leaves_long_data_out_and_one_event_does_not(call: Caller) -> None:
    short = call.publish(data={"text": "x" * 16_000})
    long = call.publish(data={"text": "x" * 20_000})
    assert [event["data"] for event in call("GET", "/events").json["data"]] == [None, {"text": "x" * 16_000}]
    assert call("GET", f"/events/{long['id']}").json["data"] == {"text": "x" * 20_000}
    assert call("GET", f"/events/{short['id']}").json["data"] == {"text": "x" * 16_000}
