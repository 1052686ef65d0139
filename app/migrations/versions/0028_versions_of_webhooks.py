"""What a webhook was at a moment is a row: made from its settings now and from its recorded changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.core.orm import (Identifier, UtcDateTime)

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

WANTED = ("state", "events", "projects", "conditions", "verification")
AT_ONCE = 200

webhook = sa.table(
    "webhook",
    *map(sa.column, ("id", "space_id", "version", "state", "state_reason", "verification")),
    *(sa.column(name, sa.JSON()) for name in ("projects", "conditions")),
    *(sa.column(name, sa.BigInteger()) for name in ("state_since", "created_at", "confirmed_at")),
)
subscription = sa.table("subscription", sa.column("webhook_id"), sa.column("event_type"))
change = sa.table(
    "change",
    *map(sa.column, ("id", "subject_kind", "subject_id", "actor_kind", "actor_id", "actor_name")),
    sa.column("at", sa.BigInteger()),
    sa.column("details", sa.JSON()),
)


def upgrade() -> None:
    """Apply."""
    version = op.create_table(
        "webhook_version",
        sa.Column("webhook_id", Identifier, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("space_id", Identifier, nullable=False),
        sa.Column("valid_from", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("state_reason", sa.String(length=40), nullable=True),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("projects", sa.JSON(), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("verification", sa.String(length=12), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("actor_kind", sa.String(length=10), nullable=False),
        sa.Column("actor_id", Identifier, nullable=True),
        sa.Column("actor_name", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name=op.f("fk_webhook_version_webhook_id_webhook")),
        sa.PrimaryKeyConstraint("webhook_id", "version", name=op.f("pk_webhook_version")),
    )
    op.create_index("ix_webhook_version_webhook_id_valid_from", "webhook_version", ["webhook_id", "valid_from"])
    for rows in _versions():
        op.bulk_insert(version, rows)


def downgrade() -> None:
    """Take back."""
    op.drop_table("webhook_version")


def _versions() -> Iterator[list[dict[str, Any]]]:
    connection, last = op.get_bind(), ""
    while True:
        query = sa.select(webhook).where(webhook.c.id > last).order_by(webhook.c.id).limit(AT_ONCE)
        webhooks = connection.execute(query).all()
        if not webhooks:
            return
        last = webhooks[-1].id
        ids = [row.id for row in webhooks]
        events, changes = _events(ids), _changes(ids)
        yield [one for row in webhooks for one in _history(row, sorted(events[row.id]), changes[row.id])]


def _events(ids: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in op.get_bind().execute(sa.select(subscription).where(subscription.c.webhook_id.in_(ids))):
        found[row.webhook_id].append(row.event_type)
    return found


def _changes(ids: list[str]) -> dict[str, list[Any]]:
    """The changes of what decides sending, newest first."""
    found: dict[str, list[Any]] = defaultdict(list)
    query = sa.select(change).where(change.c.subject_kind == "webhook", change.c.subject_id.in_(ids))
    for row in op.get_bind().execute(query.order_by(change.c.id.desc())):
        if any(one["field"] in WANTED for one in row.details):
            found[row.subject_id].append(row)
    return found


def _history(row: Any, events: list[str], changes: list[Any]) -> Iterator[dict[str, Any]]:
    """Versions of one webhook, newest first: what it is now, and with each change taken back what it was."""
    now = {
        "state": row.state,
        "events": events,
        "projects": row.projects or [],
        "conditions": row.conditions or [],
        "verification": row.verification,
    }
    number, reason = row.version, row.state_reason
    nobody = {"actor_kind": "us", "actor_id": None, "actor_name": "Hookdesk"}
    if row.state == "stopped" and not any(_turned_it_off(one, row.state_since) for one in changes):
        yield _version(row, number, row.state_since, now, reason, nobody)  # by the engine, and not told yet
        now, number, reason = {**now, "state": "on"}, number - 1, None
    for one in changes:
        by = {name: getattr(one, name) for name in nobody}
        first = one is changes[-1] and one.at - row.created_at < 1000
        yield _version(row, number, row.created_at if first else one.at, now, reason, by)
        if first:
            return
        before = {d["field"]: d["before"] for d in one.details if d["field"] in WANTED}
        now = {name: _value(name, before.get(name, value)) for name, value in now.items()}
        number, reason = number - 1, None
    yield _version(row, number, row.created_at, now, reason, nobody)


def _value(name: str, value: Any) -> Any:
    """A change may say null for nothing."""
    return value or {"state": "off", "verification": "ping"}.get(name) or []


def _turned_it_off(one: Any, state_since: int) -> bool:
    return one.at == state_since and any(
        d["field"] == "state" and d["after"] == "stopped" for d in one.details
    )


def _version(
    row: Any, number: int, since: int, settings: dict[str, Any], reason: str | None, by: dict[str, Any]
) -> dict[str, Any]:
    confirmed = row.confirmed_at if row.confirmed_at is not None and row.confirmed_at <= since else None
    return {
        "webhook_id": row.id,
        "version": number,
        "space_id": row.space_id,
        "valid_from": since,
        "state_reason": reason,
        "confirmed_at": confirmed,
        **settings,
        **by,
    }
