"""When each step of the maintenance last finished, so that `/readyz` can say what is late."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "maintenance_run",
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("step", name="pk_maintenance_run"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("maintenance_run")
