"""Webhooks have a number in their space and keep the order of their events, as the action API (S1) shows both."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# Identifiers begin with the time: the oldest of a space becomes its number 1. Deleted ones count, so that no
# number ever means two webhooks.
NUMBERED = """
update webhook set number = (
    select count(*) from webhook as older where older.space_id = webhook.space_id and older.id <= webhook.id
)
"""


def upgrade() -> None:
    """Apply."""
    op.add_column("webhook", sa.Column("number", sa.Integer(), nullable=True))
    op.add_column("webhook", sa.Column("event_order", sa.JSON(), nullable=True))
    op.execute(NUMBERED)
    op.create_index("ix_webhook_number", "webhook", ["space_id", "number"], unique=True)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_webhook_number", "webhook")
    op.drop_column("webhook", "event_order")
    op.drop_column("webhook", "number")
