"""Recoveries by the API: counted, started, watched, stopped. Really delivered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.api.conftest import Caller, caller_in
from tests.api.problems import fields, problem
from tests.machine.maintenance import maintain
from tests.machine.receiver import Answer
from workers.runtime import WorkerRuntime

pytestmark = pytest.mark.databases("sqlite")

SHAPE = {"id", "state", "total", "done", "succeeded", "failed", "skipped"}


@pytest.fixture
def run(app):
    """Does what workers and maintenance do, a few times over."""
    runtime = WorkerRuntime(app)

    def do() -> None:
        for _ in range(4):
            with app.test_request_context():
                maintain()
                runtime.sweep()
                maintain()

    yield do
    runtime.close()


@pytest.fixture
def failed(call: Caller, receiver, run):
    """A webhook with three failed events; its receiver works again."""
    receiver.always(Answer(500))
    webhook = call.new_webhook(url=receiver.url, retry={"schedule": []})
    for n in range(3):
        call.publish(data={"n": n})
    run()
    receiver.always(Answer(200))
    receiver.forget()
    return webhook["id"]


def wanted(webhook_id: str, **more) -> dict:
    since = datetime.now(UTC) - timedelta(hours=1)
    return {"webhook_id": webhook_id, "since": since.isoformat(), "which": ["failed"], **more}


def test_counted_first_then_sent_and_watched(call, failed, run, receiver):
    counted = call("POST", "/recoveries", wanted(failed, dry_run=True)).json
    assert (counted["id"], counted["state"], counted["total"], counted["skipped"]) == (None, None, 3, 0)
    assert call("GET", "/recoveries").json["data"] == []
    answer = call("POST", "/recoveries", wanted(failed))
    started = answer.json
    assert answer.status_code == 202
    assert set(started) >= SHAPE
    assert (started["state"], started["total"], started["done"]) == ("running", 3, 0)
    run()
    done = call("GET", f"/recoveries/{started['id']}").json
    assert {name: done[name] for name in SHAPE - {"id"}} == {
        "state": "finished",
        "total": 3,
        "done": 3,
        "succeeded": 3,
        "failed": 0,
        "skipped": 0,
    }
    assert [request.json()["data"]["n"] for request in receiver.requests] == [0, 1, 2]
    listed = call("GET", f"/recoveries?webhook_id={failed}").json["data"]
    assert [one["id"] for one in listed] == [started["id"]]
    assert problem(call("POST", "/recoveries", wanted(failed)), 409, "nothing-to-resend")


def test_delete_stops_it(call, failed, run, receiver):
    started = call("POST", "/recoveries", wanted(failed, rate_per_s=1)).json
    assert call("DELETE", f"/recoveries/{started['id']}").json["state"] == "stopping"
    run()
    assert call("DELETE", f"/recoveries/{started['id']}").json["state"] == "stopped"
    assert not receiver.requests


def test_pages_of_the_list(call, failed):
    made = [call("POST", "/recoveries", wanted(failed)).json["id"] for _ in range(3)]
    first = call("GET", "/recoveries?limit=2").json
    rest = call("GET", f"/recoveries?limit=2&cursor={first['next_cursor']}").json
    assert [one["id"] for one in first["data"] + rest["data"]] == made[::-1]
    assert rest["next_cursor"] is None


def test_never_sent_needs_the_right_to_manage_webhooks(app, call, failed, space_id):
    resender = caller_in(app, space_id, "deliveries:resend")
    assert resender("POST", "/recoveries", wanted(failed, dry_run=True)).status_code == 202
    refused = resender("POST", "/recoveries", wanted(failed, which=["never_sent"], dry_run=True))
    assert problem(refused, 403, "missing-scope")
    both = caller_in(app, space_id, "deliveries:resend", "webhooks:write")
    assert both("POST", "/recoveries", wanted(failed, which=["never_sent"], dry_run=True)).json["total"] == 0
    reader = caller_in(app, space_id, "deliveries:read")
    assert problem(reader("GET", "/recoveries"), 403, "missing-scope")


def test_what_cannot_be_used_is_refused_beside_its_field(call, failed):
    for change, field in [
        ({"which": []}, "which"),
        ({"which": ["all"]}, "which.0"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-01-01T00:00:00"}, "since"),
        ({"rate_per_s": 0}, "rate_per_s"),
        ({"colour": "blue"}, "colour"),
    ]:
        refused = call("POST", "/recoveries", wanted(failed, **change))
        assert refused.status_code == 422, (change, refused.text)
        assert field in fields(refused)
    reversed_ = call("POST", "/recoveries", wanted(failed, until="2020-01-01T00:00:00Z"))
    assert fields(reversed_) == {"until": "This is before the beginning. Enter a later time."}
    assert call("GET", "/recoveries").json["data"] == []


def test_a_webhook_that_is_off_says_what_to_do_first(call, failed):
    call("POST", f"/webhooks/{failed}/disable")
    refused = call("POST", "/recoveries", wanted(failed))
    assert problem(refused, 409, "webhook-not-on")
    assert "Turn it on first" in refused.json["detail"]


def test_another_spaces_are_not_found(call, other, failed):
    started = call("POST", "/recoveries", wanted(failed)).json
    assert other("POST", "/recoveries", wanted(failed)).status_code == 404
    assert other("GET", f"/recoveries/{started['id']}").status_code == 404
    assert other("DELETE", f"/recoveries/{started['id']}").status_code == 404
    assert other("GET", "/recoveries").json["data"] == []
