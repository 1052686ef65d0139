"""The lanes that fail are found by since when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

FAILING = sa.text("failing_since is not null")


def upgrade() -> None:
    """Apply."""
    op.drop_index("ix_lane_failing", table_name="lane")
    op.create_index(
        "ix_lane_failing", "lane", ["failing_since"], postgresql_where=FAILING, sqlite_where=FAILING
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_lane_failing", table_name="lane")
    op.create_index("ix_lane_failing", "lane", ["webhook_id"], postgresql_where=FAILING, sqlite_where=FAILING)
