"""An event's space is not checked by the database any more: each publisher locked the space's row."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = "fk_event_space_id_space"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("event") as batch:
        batch.drop_constraint(KEY, type_="foreignkey")


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("event") as batch:
        batch.create_foreign_key(KEY, "space", ["space_id"], ["id"])
