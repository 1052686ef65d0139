"""Incoming webhooks, their addresses and the log of their calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.orm import Identifier, UtcDateTime

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "incoming_webhook",
        sa.Column("id", Identifier, primary_key=True),
        sa.Column("space_id", Identifier, sa.ForeignKey("space.id"), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("tools", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("methods", sa.JSON(), nullable=False),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        sa.Column("networks", sa.JSON(), nullable=False),
        sa.Column("rate_per_minute", sa.Integer(), nullable=True),
        sa.Column("person_id", Identifier, sa.ForeignKey("person.id"), nullable=True),
        sa.Column("api_key_id", Identifier, sa.ForeignKey("api_key.id"), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
    )
    op.create_index("ix_incoming_webhook_space_id", "incoming_webhook", ["space_id", "id"])
    op.create_table(
        "incoming_address",
        sa.Column("id", Identifier, primary_key=True),
        sa.Column("incoming_webhook_id", Identifier, sa.ForeignKey("incoming_webhook.id"), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("encrypted_token", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.UniqueConstraint("token_hash", name="uq_incoming_address_token_hash"),
    )
    op.create_index(
        "ix_incoming_address_incoming_webhook_id", "incoming_address", ["incoming_webhook_id", "id"]
    )
    op.create_table(
        "incoming_call",
        sa.Column("id", Identifier, primary_key=True),
        sa.Column("incoming_webhook_id", Identifier, sa.ForeignKey("incoming_webhook.id"), nullable=False),
        sa.Column("called_at", UtcDateTime(), nullable=False),
        sa.Column("from_address", sa.String(64), nullable=False),
        sa.Column("method", sa.String(10), nullable=False),
        sa.Column("path", sa.String(500), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(40), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
    )
    op.create_index("ix_incoming_call_incoming_webhook_id", "incoming_call", ["incoming_webhook_id", "id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("incoming_call")
    op.drop_table("incoming_address")
    op.drop_table("incoming_webhook")
