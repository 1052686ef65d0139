"""Room in the pages of `lane` for the new versions of its rows: they change all the time (PostgreSQL)."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Rows that are there move as they are changed."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("alter table lane set (fillfactor = 25)")


def downgrade() -> None:
    """Take back."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("alter table lane reset (fillfactor)")
