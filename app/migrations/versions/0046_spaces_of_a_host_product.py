"""Spaces have settings and an end, and the host product's own id; names may repeat, as those of its customers do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.orm import UtcDateTime

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

LOOSE = sa.text("delivery_id is null")
REPEATED = """
update space set name = substr(name, 1, 150) || ' (' || id || ')'
where exists (select 1 from space as older where older.name = space.name and older.id < space.id)
"""


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("space") as space:
        space.drop_constraint("uq_space_name", type_="unique")
        space.add_column(sa.Column("external_id", sa.String(200), nullable=True))
        space.add_column(sa.Column("time_zone", sa.String(64), nullable=False, server_default=""))
        space.add_column(sa.Column("language", sa.String(8), nullable=False, server_default="en"))
        space.add_column(sa.Column("retention_days", sa.Integer(), nullable=True))
        space.add_column(sa.Column("archived_at", UtcDateTime(), nullable=True))
        space.add_column(sa.Column("deleted_at", UtcDateTime(), nullable=True))
    op.create_index("ix_space_name", "space", ["name"])
    op.create_index("ix_space_external_id", "space", ["external_id"], unique=True)
    op.create_index("ix_space_deleted_at", "space", ["deleted_at"])
    op.create_index(
        "ix_attempt_loose",
        "attempt",
        ["space_id", "id"],
        postgresql_where=LOOSE,
        sqlite_where=LOOSE,
    )


def downgrade() -> None:
    """Take back. A name that others have too gets the id of its space."""
    op.drop_index("ix_attempt_loose", "attempt")
    op.execute(REPEATED)
    for index in ("ix_space_deleted_at", "ix_space_external_id", "ix_space_name"):
        op.drop_index(index, "space")
    with op.batch_alter_table("space") as space:
        for name in ("deleted_at", "archived_at", "retention_days", "language", "time_zone", "external_id"):
            space.drop_column(name)
        space.create_unique_constraint("uq_space_name", ["name"])
