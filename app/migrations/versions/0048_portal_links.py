"""Links by which a host product's customers come into their space, and the audit names the host's person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.orm import Identifier, UtcDateTime

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

LONGER = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "portal_link",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("space_id", Identifier, nullable=False),
        sa.Column("link_hash", sa.String(64), nullable=False),
        sa.Column("session_hash", sa.String(64), nullable=True),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("person_external_id", sa.String(200), nullable=True),
        sa.Column("person_name", sa.String(200), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("theme", sa.JSON(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("session_expires_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name="fk_portal_link_space_id_space"),
        sa.PrimaryKeyConstraint("id", name="pk_portal_link"),
        sa.UniqueConstraint("link_hash", name="uq_portal_link_link_hash"),
    )
    op.create_index("ix_portal_link_space_id_id", "portal_link", ["space_id", "id"])
    op.create_index("ix_portal_link_session_hash", "portal_link", ["session_hash"], unique=True)
    with op.batch_alter_table("change") as change:
        change.alter_column("actor_id", existing_type=Identifier, type_=LONGER, existing_nullable=True)


def downgrade() -> None:
    """Take back. What a host product calls a person is cut."""
    op.execute("update change set actor_id = substr(actor_id, 1, 40)")
    with op.batch_alter_table("change") as change:
        change.alter_column("actor_id", existing_type=LONGER, type_=Identifier, existing_nullable=True)
    op.drop_index("ix_portal_link_session_hash", "portal_link")
    op.drop_index("ix_portal_link_space_id_id", "portal_link")
    op.drop_table("portal_link")
