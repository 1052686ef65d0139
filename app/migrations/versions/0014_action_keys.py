"""Keys that may sign calls of the action API keep their text, encrypted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("api_key", sa.Column("sealed_text", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("api_key", "sealed_text")
