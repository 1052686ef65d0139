"""Speed limit and strict order; leases on SQLite in one tree."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

FIRST = sa.text("status = 'pending' and in_order")


def upgrade() -> None:
    """Apply."""
    op.add_column("webhook", sa.Column("rate_per_s", sa.Integer(), nullable=True))
    op.add_column("webhook", sa.Column("ordered", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("lane", sa.Column("paced_until_us", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("delivery", sa.Column("in_order", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_delivery_in_order", "delivery", ["webhook_id", "id"], postgresql_where=FIRST, sqlite_where=FIRST
    )
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("lease", recreate="always", table_kwargs={"sqlite_with_rowid": False}):
            pass


def downgrade() -> None:
    """Take back. Leases stay as they are: both kinds hold the same."""
    op.drop_index("ix_delivery_in_order", "delivery")
    op.drop_column("delivery", "in_order")
    op.drop_column("lane", "paced_until_us")
    op.drop_column("webhook", "ordered")
    op.drop_column("webhook", "rate_per_s")
