"""How each person wants to be told of each kind of thing; digests; what a notice is about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

ID = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")


def upgrade() -> None:
    """Apply. Notices from before say nothing more than their kind."""
    op.create_table(
        "alert_choice",
        sa.Column("space_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("way", sa.String(10), nullable=False),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name="fk_alert_choice_space_id_space"),
        sa.PrimaryKeyConstraint("space_id", "person_id", "kind", name="pk_alert_choice"),
    )
    op.create_table(
        "digest_entry",
        sa.Column("id", ID, nullable=False),
        sa.Column("space_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("line", sa.String(500), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_digest_entry"),
    )
    op.create_index("ix_digest_entry_due_at", "digest_entry", ["due_at", "space_id", "person_id"])
    op.create_index("ix_digest_entry_notice_id", "digest_entry", ["notice_id"])
    with op.batch_alter_table("notice") as table:
        table.alter_column("kind", existing_type=sa.String(10), type_=sa.String(30), existing_nullable=False)
        table.add_column(sa.Column("details", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    """Take back. Notices of kinds that were not there before go."""
    op.execute("delete from notice where kind not in ('warning', 'stopped', 'back')")
    with op.batch_alter_table("notice") as table:
        table.drop_column("details")
        table.alter_column("kind", existing_type=sa.String(30), type_=sa.String(10), existing_nullable=False)
    op.drop_table("digest_entry")
    op.drop_table("alert_choice")
