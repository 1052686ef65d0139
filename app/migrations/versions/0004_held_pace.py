"""What waited is sent at a pace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.orm import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("lane", sa.Column("held_until", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("lane", "held_until")
