"""Message formats: chosen fields, the key that signs for the format sns, layouts in outlines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.orm import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "sns_signing_key",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("private_key", sa.Text(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sns_signing_key")),
    )
    op.add_column("webhook", sa.Column("payload_fields", sa.JSON(), nullable=True))
    op.add_column("webhook", sa.Column("sns_version", sa.String(length=1), nullable=False, server_default="1"))
    # A format was a name; a layout says more.
    with op.batch_alter_table("outline") as table:
        table.alter_column("format", existing_type=sa.String(length=20), type_=sa.Text(), existing_nullable=False)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("outline") as table:
        table.alter_column("format", existing_type=sa.Text(), type_=sa.String(length=20), existing_nullable=False)
    op.drop_column("webhook", "sns_version")
    op.drop_column("webhook", "payload_fields")
    op.drop_table("sns_signing_key")
