"""Failures of one second count once, a delivered message stays delivered, and held events go at their moment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

LETS_HELD_GO = sa.text("held_until is not null")
IS_UNSETTLED = sa.text("held_order is not null or being_sorted")


def upgrade() -> None:
    """Apply. A run of failures that goes on now keeps what it has counted."""
    op.add_column("lane", sa.Column("failing_seconds", sa.Integer(), nullable=False, server_default="0"))
    op.execute(sa.text("update lane set failing_seconds = failures_in_a_row where failures_in_a_row > 0"))
    op.add_column(
        "delivery", sa.Column("was_delivered", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("lane", sa.Column("being_sorted", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_lane_unsettled", "lane", ["webhook_id"], postgresql_where=IS_UNSETTLED, sqlite_where=IS_UNSETTLED
    )
    op.create_index(
        "ix_lane_held_until", "lane", ["held_until"], postgresql_where=LETS_HELD_GO, sqlite_where=LETS_HELD_GO
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_lane_held_until", "lane")
    op.drop_index("ix_lane_unsettled", "lane")
    op.drop_column("lane", "being_sorted")
    op.drop_column("delivery", "was_delivered")
    op.drop_column("lane", "failing_seconds")
