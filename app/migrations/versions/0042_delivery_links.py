"""Links to one delivery for people without a log-in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.orm import Identifier

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "delivery_link",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("space_id", Identifier, nullable=False),
        sa.Column("delivery_id", Identifier, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_by", sa.String(254), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
        sa.Column("opened_count", sa.Integer(), nullable=False),
        sa.Column("last_opened_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_link"),
        sa.UniqueConstraint("token_hash", name="uq_delivery_link_token_hash"),
    )
    op.create_index("ix_delivery_link_delivery_id_id", "delivery_link", ["delivery_id", "id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("delivery_link")
