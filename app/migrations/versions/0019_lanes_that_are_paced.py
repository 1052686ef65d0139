"""An index of the lanes with a speed limit: claims ask for them, and need not read the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

PACED = sa.text("paced_until_us > 0")


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_lane_paced", "lane", ["paced_until_us"], postgresql_where=PACED, sqlite_where=PACED)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_lane_paced", "lane")
