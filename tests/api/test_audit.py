"""The audit by the API: filtered, paged, for keys that may do everything."""

from __future__ import annotations

from flask import Flask

from tests.api.conftest import Caller, caller_in


def test_entries_are_found_and_paged(app: Flask, call: Caller, space_id: str) -> None:
    hook = call.new_webhook(on=False)
    call("PATCH", f"/webhooks/{hook['id']}", {"timeout_s": 9})
    found = call("GET", f"/audit?subject={hook['id']}").json["data"]
    assert [one["action"] for one in found] == ["edited", "created"]
    assert set(found[0]) == {"id", "at", "actor", "from_address", "action", "subject", "before", "after"}
    assert found[0]["subject"] == {"kind": "webhook", "id": hook["id"]}
    assert (found[0]["before"], found[0]["after"]) == ({"timeout_s": 5}, {"timeout_s": 9})
    first = call("GET", "/audit?actor=Shop&limit=1").json
    rest = call("GET", f"/audit?actor=Shop&cursor={first['next_cursor']}").json
    assert [one["id"] for one in first["data"] + rest["data"]] == [one["id"] for one in found]
    assert call("GET", "/audit?until=2020-01-01T00:00:00Z").json["data"] == []
    assert call("GET", "/audit?subject=api_key").json["data"][0]["subject"]["kind"] == "api_key"
    assert caller_in(app, space_id, "webhooks:read")("GET", "/audit").status_code == 403
