"""CSV files that are being made into records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.orm import Identifier, UtcDateTime

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

RUNNING = sa.text("state = 'running'")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "record_import",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("space_id", Identifier, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("person_id", Identifier, nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.Column("columns", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("faults", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_record_import"),
    )
    op.create_index("ix_record_import_space_id", "record_import", ["space_id", "id"])
    op.create_index(
        "ix_record_import_waiting",
        "record_import",
        ["state", "id"],
        postgresql_where=RUNNING,
        sqlite_where=RUNNING,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("record_import")
