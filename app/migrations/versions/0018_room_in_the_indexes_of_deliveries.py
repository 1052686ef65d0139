"""Room in the indexes of `delivery` for the second version of each row (PostgreSQL)."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

HOLD_EVERY_ROW = ("pk_delivery", "ix_delivery_webhook_id_id", "ix_delivery_space_id_id", "ix_delivery_event_id")


def upgrade() -> None:
    """Apply. It holds for pages that are filled from now on; those that are there stay."""
    _each("set (fillfactor = 60)")


def downgrade() -> None:
    """Take back."""
    _each("reset (fillfactor)")


def _each(change: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for index in HOLD_EVERY_ROW:
            op.execute(f"alter index {index} {change}")
