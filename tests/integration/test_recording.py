"""What is known of an attempt is what stands in its row, and its delivery goes where the verdict says."""

from __future__ import annotations

from contextlib import closing

import pytest
from sqlalchemy import text

from app.core.extensions import db
from app.core.times import now_ms
from app.ledger.attempt_row import ATTEMPT_COLUMNS
from app.ledger.leases import Entry, open_ledger
from app.outbound import Exchange
from app.sending.engine.recording import entry_of
from app.sending.message.composing import compose
from app.sending.message.target import target_from

TOKEN = "lse_test"
ANSWER = [("Content-Type", "application/json")]
NOT_COMPOSED = {"fault": "internal", "detail": "It could not be composed."}

# What came of an attempt, in ways that are written down differently.
EXCHANGES = [
    {"status": 200, "headers": ANSWER, "body": b'{"status":"OK"}', "body_size": 15},
    {"status": 204},
    {"status": 200, "body": b"x", "body_size": 9, "truncated": True, "detail": "The body was cut."},
    {"status": 200, "facts": {"host": "example.org"}},
    {"status": 500, "headers": ANSWER, "body": b"no", "body_size": 2},
    {"fault": "read_timeout", "detail": "Nothing came.", "facts": {"seconds": "5"}},
    NOT_COMPOSED,
]
# Columns of a delivery, and what of an entry they are.
MOVED = {
    "status": "status",
    "due_at": "due_at",
    "attempts_count": "attempts_count",
    "failed_attempts": "failed_attempts",
    "last_status": "http_status",
    "last_reason": "reason",
    "last_attempt_at": "attempted_at",
}


@pytest.fixture
def entries(app, database_url, new_webhook, publish) -> list[Entry]:
    """One entry for each kind of exchange, all recorded in one batch."""
    ids = [new_webhook(name=f"Webhook {n}").id for n in range(len(EXCHANGES))]
    publish()
    with closing(open_ledger(database_url)) as ledger:
        now, claimed = now_ms(), ledger.claim(now_ms(), 100, TOKEN)
        targets = {
            row["id"]: target_from(row, app.extensions["vault"].decrypt) for row in ledger.webhooks(ids)
        }
        ledger.store_request_templates(
            [target.request_template for target in targets.values() if target.request_template]
        )
        entries = []
        for one, known in zip(claimed, EXCHANGES, strict=True):
            target = targets[one.webhook_id]
            message = compose(target, one.event_id, one.event_type, one.occurred_at, one.data, now)
            sent = None if known is NOT_COMPOSED else message
            entries.append(entry_of(one, target, sent, Exchange(now, **known), TOKEN, now))
        ledger.record(entries, now)
    return entries


def test_each_try_reads_back_as_it_was(entries):
    for entry in entries:
        columns = ", ".join(ATTEMPT_COLUMNS)
        row = db.session.execute(
            text(f"select {columns} from attempt where id = :id"), {"id": entry.attempt_id}
        )
        assert tuple(_plain(value) for value in row.one()) == entry.attempt


def test_each_delivery_goes_where_the_verdict_says(entries):
    for entry in entries:
        moved = db.session.execute(
            text(f"select {', '.join(MOVED)}, manual, until_it_works from delivery where id = :id"),
            {"id": entry.delivery_id},
        )
        values = entry.move_values()
        assert moved.one() == (*(values[name] for name in MOVED.values()), False, False)
    assert {entry.status for entry in entries} == {"succeeded", "pending"}
    assert db.session.execute(text("select count(*) from lease")).scalar_one() == 0


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value
