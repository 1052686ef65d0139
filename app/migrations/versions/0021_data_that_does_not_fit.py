"""What a space does with data that does not fit its event type, and where an event did not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Events that were stored before were not checked, and say nothing."""
    op.add_column(
        "space", sa.Column("refuse_unfit_data", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column("event", sa.Column("data_fault", sa.String(500), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("event", "data_fault")
    op.drop_column("space", "refuse_unfit_data")
