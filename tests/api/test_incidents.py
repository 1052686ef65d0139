"""Incidents and reverting by the API: shapes as promised, filters, pages, another space, what clashes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.extensions import db
from app.core.ids import new_id
from app.core.times import ms_of, utc_now
from app.models import Incident
from tests.api.conftest import caller_in

REASON = {
    **{"reason": "http_401", "status": 401, "server": "Caddy", "failed": 3, "attempts": 9},
    **{"first_at": 1, "last_at": 2, "attempt_id": "att_none"},
}


@pytest.fixture
def new_incident(app, space_id):
    """Makes an incident that began so many minutes ago; returns its id."""

    def make(webhook_id: str, minutes: int, **changes) -> str:
        at = utc_now() - timedelta(minutes=minutes)
        with app.test_request_context():
            incident = Incident(
                id=new_id("inc", ms_of(at)),
                **{"space_id": space_id, "webhook_id": webhook_id, "opened_at": at, "reason": "http_401"},
                **{"failed": 3, "attempts": 9, "reasons": [REASON], **changes},
            )
            db.session.add(incident)
            db.session.commit()
            return incident.id

    return make


def test_one_incident_is_shaped_as_promised(call, other, new_incident):
    hook = call.new_webhook()
    incident = new_incident(hook["id"], 5)
    found = call("GET", f"/incidents/{incident}").json
    assert {"id", "webhook_id", "reason", "opened_at", "closed_at", "failed", "explanation"} <= set(found)
    assert (found["webhook_id"], found["reason"], found["failed"]) == (hook["id"], "http_401", 3)
    assert found["closed_at"] is None
    assert found["explanation"] == {
        "what": "crm.example.com did not accept our password or key.",
        "next": "Update the authentication, test it, then resend.",
        "who": "you",
    }
    assert found["reasons"] == [{"reason": "http_401", "server": "Caddy", "failed": 3, "attempts": 9}]
    assert other("GET", f"/incidents/{incident}").status_code == 404


def test_the_list_filters_and_pages(call, other, new_incident):
    one, two = call.new_webhook(name="One"), call.new_webhook(name="Two")
    old = new_incident(one["id"], 60, closed_at=utc_now(), ended_by="accepted")
    still, elsewhere = new_incident(one["id"], 10), new_incident(two["id"], 5)

    def ids(query: str) -> list[str]:
        return [incident["id"] for incident in call("GET", f"/incidents?{query}").json["data"]]

    assert ids("") == [elsewhere, still, old]
    assert ids("open=true") == [elsewhere, still]
    assert ids(f"webhook_id={one['id']}&open=false") == [old]
    first = call("GET", "/incidents?limit=2").json
    assert ids(f"limit=2&cursor={first['next_cursor']}") == [old]
    assert other("GET", "/incidents").json["data"] == []


@pytest.mark.databases("sqlite")
def test_who_may_and_what_is_refused(app, call, space_id):
    assert caller_in(app, space_id, "events:write")("GET", "/incidents").status_code == 403
    for query in ("open=maybe", "colour=red", "limit=0", "cursor=nonsense"):
        assert call("GET", f"/incidents?{query}").status_code == 422, query


@pytest.mark.databases("sqlite")
def test_a_change_is_taken_back_unless_it_was_changed_again(call):
    hook = call.new_webhook(on=False)
    for seconds in (9, 12):
        call("PATCH", f"/webhooks/{hook['id']}", {"timeout_s": seconds})
    newest, older, created = call("GET", f"/webhooks/{hook['id']}/changes").json["data"]
    path = f"/webhooks/{hook['id']}/changes"
    clash = call("POST", f"{path}/{older['id']}/revert")
    assert clash.status_code == 409
    assert clash.json["type"].endswith("newer-change")
    assert clash.json["clashes"] == [{"field": "timeout_s", "then": 9, "now": 12, "before": 5}]
    assert call("POST", f"{path}/{newest['id']}/revert").json["timeout_s"] == 9
    assert call("POST", f"{path}/{older['id']}/revert", {"anyway": True}).json["timeout_s"] == 5
    again = call("POST", f"{path}/{older['id']}/revert")
    assert (again.status_code, again.json["type"].rpartition("/")[2]) == (409, "already-reverted")
    assert call("POST", f"{path}/{created['id']}/revert").status_code == 404
