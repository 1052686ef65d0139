"""Other systems whose messages become events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.orm import Identifier, UtcDateTime

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "incoming_source",
        sa.Column("id", Identifier, primary_key=True),
        sa.Column("incoming_webhook_id", Identifier, sa.ForeignKey("incoming_webhook.id"), nullable=False),
        sa.Column("key", sa.String(100), nullable=False),
        sa.Column("preset", sa.String(20), nullable=False),
        sa.Column("encrypted_secret", sa.Text(), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("event_type", sa.String(100), nullable=True),
        sa.Column("type_path", sa.String(200), nullable=True),
        sa.Column("type_prefix", sa.String(50), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=True),
        sa.Column("object_id_path", sa.String(200), nullable=True),
        sa.Column("sample", sa.LargeBinary(), nullable=True),
        sa.Column("sample_headers", sa.JSON(), nullable=True),
        sa.Column("sample_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("incoming_webhook_id", "key", name="uq_incoming_source_incoming_webhook_id_key"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("incoming_source")
