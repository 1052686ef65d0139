"""What is changed is kept of everything, not of webhooks alone: each entry says what it is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.core.orm import Identifier

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

OF_SPACE = sa.text("webhook_id is null")
SUBJECT = sa.String(100).with_variant(sa.String(100, collation="C"), "postgresql")
OAUTH_CREDENTIAL_KINDS = ("sign_in_added", "sign_in_edited", "sign_in_deleted")
AT_ONCE = 500

change = sa.table(
    "change",
    sa.column("id"),
    sa.column("space_id"),
    sa.column("subject_kind"),
    sa.column("subject_id"),
    sa.column("kind"),
    sa.column("details", sa.JSON()),
)


def upgrade() -> None:
    """Apply."""
    op.drop_index("ix_change_of_space", table_name="change")
    op.drop_index("ix_change_webhook_id_id", table_name="change")
    with op.batch_alter_table("change") as table:
        table.add_column(sa.Column("subject_kind", sa.String(20), nullable=True))
        table.alter_column(
            "webhook_id", new_column_name="subject_id", existing_type=Identifier, type_=SUBJECT, nullable=True
        )
    _say_what_they_are_about()
    with op.batch_alter_table("change") as table:
        table.alter_column("subject_kind", existing_type=sa.String(20), nullable=False)
    op.create_index("ix_change_subject_id_id", "change", ["subject_id", "id"])
    op.create_index("ix_change_space_id_subject_kind_id", "change", ["space_id", "subject_kind", "id"])
    op.create_index("ix_change_space_id_actor_name_id", "change", ["space_id", "actor_name", "id"])
    op.create_index("ix_change_space_id_actor_id_id", "change", ["space_id", "actor_id", "id"])


def downgrade() -> None:
    """Take back. What was recorded of people, keys and the like goes: there is no place for it."""
    for index in ("subject_id_id", "space_id_subject_kind_id", "space_id_actor_name_id", "space_id_actor_id_id"):
        op.drop_index(f"ix_change_{index}", table_name="change")
    about = change.c.subject_kind
    old_kinds = change.c.kind.in_((*OAUTH_CREDENTIAL_KINDS, "role_edited", "defaults_edited"))
    op.execute(sa.delete(change).where(about != "webhook", ~old_kinds))
    op.execute(sa.update(change).where(about != "webhook").values(subject_id=None))
    op.execute(sa.delete(change).where(about == "webhook", change.c.subject_id.is_(None)))
    with op.batch_alter_table("change") as table:
        table.drop_column("subject_kind")
        table.alter_column(
            "subject_id", new_column_name="webhook_id", existing_type=SUBJECT, type_=Identifier, nullable=True
        )
    op.create_index("ix_change_webhook_id_id", "change", ["webhook_id", "id"])
    op.create_index(
        "ix_change_of_space", "change", ["space_id", "id"], postgresql_where=OF_SPACE, sqlite_where=OF_SPACE
    )


def _say_what_they_are_about() -> None:
    about, nobody = change.c.subject_kind, change.c.subject_id.is_(None)
    op.execute(sa.update(change).where(~nobody).values(subject_kind="webhook"))
    op.execute(
        sa.update(change)
        .where(nobody, change.c.kind == "defaults_edited")
        .values(subject_kind="space", subject_id=change.c.space_id)
    )
    op.execute(sa.update(change).where(nobody, change.c.kind == "role_edited").values(subject_kind="role"))
    op.execute(
        sa.update(change).where(nobody, change.c.kind.in_(OAUTH_CREDENTIAL_KINDS)).values(subject_kind="oauth_credential")
    )
    op.execute(sa.update(change).where(about.is_(None)).values(subject_kind="space"))
    for kind, table, field in (("role", "role", "role.name"), ("oauth_credential", "oauth_credential", "sign_in.name")):
        _find_by_name(kind, table, field)


def _find_by_name(kind: str, table: str, field: str) -> None:
    """These entries named what they are about, but not by its id. Who bore the name alone is found by it."""
    connection = op.get_bind()
    things = sa.table(table, sa.column("id"), sa.column("space_id"), sa.column("name"))
    ids: dict[tuple[str, str], str | None] = {}
    for row in connection.execute(sa.select(things.c.id, things.c.space_id, things.c.name)):
        key = (row.space_id, row.name)
        ids[key] = None if key in ids else row.id
    for row in _entries(kind):
        name = next((one["after"] or one["before"] for one in row.details if one["field"] == field), None)
        if found := ids.get((row.space_id, str(name))):
            connection.execute(sa.update(change).where(change.c.id == row.id).values(subject_id=found))


def _entries(kind: str) -> Iterator[Any]:
    connection, last = op.get_bind(), ""
    while True:
        query = sa.select(change.c.id, change.c.space_id, change.c.details)
        query = query.where(change.c.subject_kind == kind, change.c.id > last).order_by(change.c.id)
        rows = connection.execute(query.limit(AT_ONCE)).all()
        if not rows:
            return
        yield from rows
        last = rows[-1].id
