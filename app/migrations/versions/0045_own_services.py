"""The host's own services behind the tools of incoming webhooks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.orm import Identifier, UtcDateTime

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "own_service",
        sa.Column("id", Identifier, primary_key=True),
        sa.Column("space_id", Identifier, sa.ForeignKey("space.id"), nullable=False),
        sa.Column("tool", sa.String(40), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("encrypted_secret", sa.Text(), nullable=False),
        sa.Column("timeout_s", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("space_id", "tool", name="uq_own_service_space_id_tool"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("own_service")
