"""Incidents and resend jobs tell people and programs: once, in the same transaction (F8)."""

from __future__ import annotations

import json
import time
from datetime import timedelta

from app.core.extensions import db
from app.core.times import utc_now
from app.models import Event, Notice
from app.queries.recoveries.scope import Scope
from app.services import recoveries
from tests.machine.receiver import Answer


def told(kind: str) -> list[dict]:
    db.session.rollback()
    rows = db.session.query(Event).filter_by(type=kind).order_by(Event.id).all()
    return [json.loads(row.data) for row in rows]


def test_an_outage_is_told_when_it_begins_and_when_it_ends(
    new_webhook, publish, runtime, maintain, receiver, rows, space_id
):
    events = ["hookdesk.incident.opened", "hookdesk.incident.closed", "hookdesk.recovery.finished"]
    new_webhook(name="Desk", events=events)
    webhook = new_webhook(retry={"schedule": []}, failure_limit=100)
    receiver.always(Answer(503))
    for _number in range(4):
        publish()
    runtime.sweep()
    maintain()
    [opened] = told("hookdesk.incident.opened")
    assert webhook.id in json.dumps(opened)
    maintain()
    assert len(told("hookdesk.incident.opened")) == 1

    receiver.always(Answer(200))
    since = utc_now() - timedelta(hours=1)
    recoveries.start(Scope(space_id, webhook.id, ("failed",), since, utc_now()))
    # It ends when nothing has failed for some seconds, so that its counts are complete.
    until = time.monotonic() + 20
    while not told("hookdesk.incident.closed") and time.monotonic() < until:
        maintain()
        runtime.sweep()
        time.sleep(0.3)
    assert len(told("hookdesk.incident.closed")) == 1
    [finished] = told("hookdesk.recovery.finished")
    assert '"succeeded": 4' in json.dumps(finished)
    kinds = {notice.kind for notice in db.session.query(Notice)}
    assert len(kinds) == 3
