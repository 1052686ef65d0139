"""What a space's new webhooks start with, and changes that belong to a space instead of one webhook."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.orm import Identifier

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

OF_SPACE = sa.text("webhook_id is null")


def upgrade() -> None:
    """Apply."""
    op.add_column("space", sa.Column("webhook_defaults", sa.JSON(none_as_null=True), nullable=True))
    with op.batch_alter_table("change") as change:
        change.alter_column("webhook_id", existing_type=Identifier, nullable=True)
    op.create_index(
        "ix_change_of_space",
        "change",
        ["space_id", "id"],
        postgresql_where=OF_SPACE,
        sqlite_where=OF_SPACE,
    )


def downgrade() -> None:
    """Take back. What was recorded for spaces goes: there is no webhook to record it for."""
    op.drop_index("ix_change_of_space", table_name="change")
    op.execute(sa.text("delete from change where webhook_id is null"))
    with op.batch_alter_table("change") as change:
        change.alter_column("webhook_id", existing_type=Identifier, nullable=False)
    op.drop_column("space", "webhook_defaults")
