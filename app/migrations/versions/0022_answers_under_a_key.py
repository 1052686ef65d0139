"""Answers to calls that carried an idempotency key: the same key again gets the same answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.orm import (Identifier, UtcDateTime)

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "idempotent_answer",
        sa.Column("space_id", Identifier, nullable=False),
        sa.Column("route", sa.String(length=300), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_idempotent_answer_space_id_space")),
        sa.PrimaryKeyConstraint("space_id", "route", "key", name=op.f("pk_idempotent_answer")),
    )
    op.create_index("ix_idempotent_answer_created_at", "idempotent_answer", ["created_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("idempotent_answer")
