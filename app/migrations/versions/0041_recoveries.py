"""Recoveries: events of a webhook that are sent again, in steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.orm import Identifier

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "recovery",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("space_id", Identifier, nullable=False),
        sa.Column("webhook_id", Identifier, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("stop_reason", sa.String(20)),
        sa.Column("which", sa.JSON(), nullable=False),
        sa.Column("since", sa.BigInteger()),
        sa.Column("until", sa.BigInteger()),
        sa.Column("event_type", sa.String(100)),
        sa.Column("reason", sa.String(40)),
        sa.Column("delivery_ids", sa.JSON(none_as_null=True)),
        sa.Column("failed_of", Identifier),
        sa.Column("most", sa.Integer()),
        sa.Column("rate_per_s", sa.Integer()),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("succeeded", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("failures_in_a_row", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(40), nullable=False),
        sa.Column("all_ordered", sa.Boolean(), nullable=False),
        sa.Column("window_size", sa.Integer(), nullable=False),
        sa.Column("paced_until", sa.BigInteger()),
        sa.Column("looked_at", sa.BigInteger()),
        sa.Column("actor_kind", sa.String(10), nullable=False),
        sa.Column("actor_name", sa.String(254), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_recovery"),
    )
    op.create_index("ix_recovery_space_id_id", "recovery", ["space_id", "id"])
    op.create_index("ix_recovery_webhook_id_id", "recovery", ["webhook_id", "id"])
    under_way = sa.text("state in ('running', 'stopping')")
    op.create_index(
        "ix_recovery_under_way", "recovery", ["id"], postgresql_where=under_way, sqlite_where=under_way
    )
    op.create_table(
        "recovery_item",
        sa.Column("recovery_id", Identifier, nullable=False),
        sa.Column("delivery_id", Identifier, nullable=False),
        sa.Column("was", sa.String(10), nullable=False),
        sa.Column("attempts_before", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("recovery_id", "delivery_id", name="pk_recovery_item"),
    )
    is_open = sa.text("not failed")
    op.create_index(
        "ix_recovery_item_open",
        "recovery_item",
        ["recovery_id", "delivery_id"],
        postgresql_where=is_open,
        sqlite_where=is_open,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("recovery_item")
    op.drop_table("recovery")
