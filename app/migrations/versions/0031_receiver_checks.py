"""Checks of receivers, and what is looked at by itself at a receiver."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

ID = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")
OPEN = sa.text("state <> 'done'")
PLANNED = sa.text("check_due_at is not null")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "receiver_check",
        sa.Column("id", ID, nullable=False),
        sa.Column("space_id", ID, nullable=False),
        sa.Column("webhook_id", ID, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("scheduled", sa.Boolean(), nullable=False),
        sa.Column("asked_by", sa.String(254), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("mark", sa.String(10)),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_receiver_check"),
    )
    op.create_index("ix_receiver_check_webhook_id_id", "receiver_check", ["webhook_id", "id"])
    op.create_index(
        "ux_receiver_check_open",
        "receiver_check",
        ["webhook_id"],
        unique=True,
        postgresql_where=OPEN,
        sqlite_where=OPEN,
    )
    op.create_table(
        "receiver_watch",
        sa.Column("webhook_id", ID, nullable=False),
        sa.Column("space_id", ID, nullable=False),
        sa.Column("check_every_days", sa.Integer(), nullable=False),
        sa.Column("check_due_at", sa.BigInteger()),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("certificate_ends_at", sa.BigInteger()),
        sa.Column("certificate_seen_at", sa.BigInteger()),
        sa.Column("certificate_due_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("webhook_id", name="pk_receiver_watch"),
    )
    op.create_index(
        "ix_receiver_watch_check_due_at",
        "receiver_watch",
        ["check_due_at"],
        postgresql_where=PLANNED,
        sqlite_where=PLANNED,
    )
    for column in ("certificate_due_at", "certificate_ends_at"):
        op.create_index(f"ix_receiver_watch_{column}", "receiver_watch", [column])


def downgrade() -> None:
    """Take back."""
    op.drop_table("receiver_watch")
    op.drop_table("receiver_check")
