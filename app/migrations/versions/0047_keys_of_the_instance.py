"""Keys and event types of the whole instance, for a host product."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.orm import Identifier, UtcDateTime

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "instance_key",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("hint", sa.String(16), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_instance_key"),
        sa.UniqueConstraint("key_hash", name="uq_instance_key_key_hash"),
    )
    op.create_table(
        "instance_event_type",
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_instance_event_type"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("instance_event_type")
    op.drop_table("instance_key")
