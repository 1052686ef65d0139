"""How many tries of a webhook may be under way grows while they succeed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("lane", sa.Column("room", sa.Integer(), nullable=False, server_default="2"))


def downgrade() -> None:
    """Take back."""
    op.drop_column("lane", "room")
