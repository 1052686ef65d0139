"""How long attempts took, as counts per webhook and hour: what response times are drawn from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

TOOK = (*(f"took_{bound}" for bound in (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)), "took_longer")
TABLES = {"webhook_hour": sa.BigInteger, "counter_change": sa.Integer}


def upgrade() -> None:
    """Apply. Hours before this have no response times."""
    for table, kind in TABLES.items():
        for name in TOOK:
            op.add_column(table, sa.Column(name, kind, nullable=False, server_default="0"))


def downgrade() -> None:
    """Take back."""
    for table in TABLES:
        for name in TOOK:
            op.drop_column(table, name)
