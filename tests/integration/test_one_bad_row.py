"""One damaged row fails alone: whatever is wrong with it, the events of all other webhooks arrive."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from app.core.extensions import db
from app.models import Lane
from app.queries.encryption_keys import missing_key_ids, tell_missing_keys
from tests.machine.receiver import Answer

VALUES = ("null", "''", "'garbage'", "-1", "0", "1.5", "2147483647", "9223372036854775807", "'{\"'", "'null'")
LONG = "'" + "x" * 100_000 + "'"
NO_TEXT = "cast(x'fffe80' as text)"
# Of the victim's row; a row that leads elsewhere is another webhook's row, not a damaged one.
KEYS = {"id", "webhook_id", "space_id", "event_id", "delivery_id"}
WHERE = {
    "webhook": "id = :webhook",
    "signing_secret": "webhook_id = :webhook",
    "lane": "webhook_id = :webhook",
    "delivery": "webhook_id = :webhook",
    "event": "id = :event",
}


def break_row(table: str, column: str, value: str, ids: dict[str, str]) -> bool:
    """Write a value past all rules of ours; False if the database itself refuses it."""
    try:
        db.session.execute(text(f"update {table} set {column} = {value} where {WHERE[table]}"), ids)
        db.session.commit()
    except SQLAlchemyError:
        db.session.rollback()
        return False
    return True


def remove(victims: list[dict[str, str]]) -> None:
    """Take the victims' work away, so that the next ones stand alone."""
    db.session.rollback()
    for statement in (
        "delete from lease where webhook_id = :webhook",
        "delete from attempt where webhook_id = :webhook",
        "delete from delivery where webhook_id = :webhook",
        "update webhook set state = 'off' where id = :webhook",
    ):
        db.session.execute(text(statement), victims)
    db.session.commit()


def arrived(webhook_ids: list[str]) -> bool:
    db.session.rollback()
    marks = ", ".join(f"'{i}'" for i in webhook_ids)
    left = text(f"select count(*) from delivery where webhook_id in ({marks}) and status <> 'succeeded'")
    return db.session.execute(left).scalar() == 0


@pytest.mark.parametrize("table", list(WHERE))
def test_whatever_is_wrong_with_a_row_the_others_arrive(table, new_webhook, publish, runtime, receiver):
    healthy = [new_webhook(name=f"Healthy {n}").id for n in range(3)]
    sqlite = db.engine.dialect.name == "sqlite"
    columns = [c["name"] for c in inspect(db.engine).get_columns(table) if c["name"] not in KEYS]
    values = (*VALUES, LONG, *([NO_TEXT] if sqlite else []))
    broken, hurt = 0, []
    for column in columns:
        victims = [new_webhook(name="Victim", events=["contact.created"]).id for _ in values]
        ids = [{"webhook": victim, "event": publish("contact.created")} for victim in victims]
        broken += sum(break_row(table, column, value, one) for value, one in zip(values, ids, strict=True))
        publish()
        runtime.deliver()
        if not arrived(healthy):
            hurt.append(column)
            runtime.deliver()
        remove(ids)
    assert broken > 20
    assert hurt == []


def test_a_secret_that_cannot_be_decrypted_fails_as_ours_with_a_reference(
    new_webhook, publish, runtime, rows
):
    healthy = [new_webhook(name=f"Healthy {n}").id for n in range(4)]
    victim = new_webhook(name="Victim", retry={"schedule": [60]}).id
    publish()
    db.session.execute(
        text("update signing_secret set secret = 'dropped:' || secret where webhook_id = :id"), {"id": victim}
    )
    db.session.commit()
    runtime.deliver()
    statuses = {d.webhook_id: (d.status, d.last_reason) for d in rows.deliveries()}
    assert {statuses[i] for i in healthy} == {("succeeded", None)}
    assert statuses[victim][1] == "internal"
    [attempt] = [a for a in rows.attempts() if a.webhook_id == victim]
    assert (attempt.outcome, attempt.reason, attempt.status) == ("failed", "internal", None)
    assert "our side" in attempt.detail
    lane = db.session.get_one(Lane, victim)
    assert (lane.failures_in_a_row, lane.failing_since, lane.in_flight) == (0, None, 0)


def test_a_failure_of_ours_does_not_end_or_lengthen_a_run_of_failures(
    new_webhook, publish, runtime, rows, receiver
):
    receiver.always(Answer(500))
    webhook = new_webhook(retry={"schedule": []})
    publish()
    runtime.deliver()
    before = db.session.get_one(Lane, webhook.id)
    run, since = before.failures_in_a_row, before.failing_since
    db.session.execute(text("update signing_secret set secret = 'dropped:x'"))
    db.session.execute(text("update webhook set version = version + 1"))
    db.session.commit()
    publish()
    runtime.deliver()
    db.session.expire_all()
    lane = db.session.get_one(Lane, webhook.id)
    assert (lane.failures_in_a_row, lane.failing_since) == (run, since)
    assert rows.deliveries()[1].last_reason == "internal"


def test_missing_keys_are_named_at_the_start_and_when_asked(app, new_webhook, caplog):
    known = app.extensions["vault"].key_ids
    new_webhook(headers={"X-A": "secret"}, auth={"kind": "basic", "username": "u", "password": "p"})
    assert missing_key_ids(known) == []
    for column, table in (
        ("secret", "signing_secret"),
        ("own_headers", "webhook"),
        ("auth_password", "webhook"),
    ):
        db.session.execute(text(f"update {table} set {column} = 'old-{table[:3]}:x'"))
    db.session.commit()
    assert missing_key_ids(known) == ["old-sig", "old-web"]
    tell_missing_keys(known)
    assert "old-sig, old-web" in caplog.text
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json["encryption_keys"]) == (200, "missing: old-sig, old-web")
    db.session.execute(text("update signing_secret set secret = 'whsec_not_encrypted'"))
    db.session.commit()
    assert missing_key_ids([*known, "old-web"]) == ["(unreadable)"]
