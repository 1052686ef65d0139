"""Tries keep an outline of what was sent instead of all of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.orm import Identifier

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SOMETIMES = (
    ("method", sa.String(length=8)),
    ("url", sa.Text()),
    ("request_headers", sa.LargeBinary()),
    ("request_body", sa.LargeBinary()),
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "outline",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("headers", sa.LargeBinary(), nullable=False),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outline")),
    )
    with op.batch_alter_table("attempt") as attempt:
        attempt.add_column(sa.Column("outline_id", Identifier, nullable=True))
        attempt.add_column(sa.Column("timestamp_s", sa.BigInteger(), nullable=True))
        attempt.add_column(sa.Column("signature", sa.Text(), nullable=True))
        for name, kind in SOMETIMES:
            attempt.alter_column(name, existing_type=kind, nullable=True)


def downgrade() -> None:
    """Take back. Tries that have only an outline lose what was sent."""
    for column in ("method", "url", "request_headers", "request_body"):
        op.execute(f"update attempt set {column} = '' where {column} is null")
    with op.batch_alter_table("attempt") as attempt:
        for name, kind in SOMETIMES:
            attempt.alter_column(name, existing_type=kind, nullable=False)
        attempt.drop_column("signature")
        attempt.drop_column("timestamp_s")
        attempt.drop_column("outline_id")
    op.drop_table("outline")
