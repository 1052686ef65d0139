"""Links for receivers' developers, and how far a maintenance step has read what happened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

ID = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")
OF_FAILED = sa.text("event_type = 'hookdesk.delivery.failed'")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "developer_page",
        sa.Column("space_id", ID, nullable=False),
        sa.Column("token", sa.String(40), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name="fk_developer_page_space_id_space"),
        sa.PrimaryKeyConstraint("space_id", name="pk_developer_page"),
        sa.UniqueConstraint("token", name="uq_developer_page_token"),
    )
    op.create_table(
        "reading_place",
        sa.Column("reader", sa.String(40), nullable=False),
        sa.Column("after", ID, nullable=False),
        sa.PrimaryKeyConstraint("reader", name="pk_reading_place"),
    )
    op.create_index(
        "ix_subscription_delivery_failed",
        "subscription",
        ["space_id"],
        postgresql_where=OF_FAILED,
        sqlite_where=OF_FAILED,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_subscription_delivery_failed", table_name="subscription")
    op.drop_table("reading_place")
    op.drop_table("developer_page")
