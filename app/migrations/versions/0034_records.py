"""Records of a space, what they name, their numbers and their authors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.orm import Identifier, UtcDateTime

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

LIVE = sa.text("deleted_at is null")
SORTED = sa.String(100).with_variant(sa.String(100, collation="C"), "postgresql")
INDEXES = {
    "ix_record_newest": ("id", "search_text"),
    "ix_record_changed": ("updated_at", "id"),
    "ix_record_name": ("sort_name", "id"),
    "ix_record_stage": ("stage", "id"),
    "ix_record_owner": ("owner", "id"),
}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "record",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("space_id", Identifier, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("own_id", Identifier, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("stage", sa.String(40)),
        sa.Column("owner", sa.String(80)),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("sort_name", SORTED, nullable=False),
        sa.Column("search_text", sa.String(300), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("deleted_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_record"),
        sa.UniqueConstraint("space_id", "kind", "own_id", name="uq_record_space_id_kind_own_id"),
    )
    for name, columns in INDEXES.items():
        op.create_index(
            name, "record", ["space_id", "kind", *columns], postgresql_where=LIVE, sqlite_where=LIVE
        )
    op.create_table(
        "record_link",
        sa.Column("from_id", Identifier, nullable=False),
        sa.Column("to_kind", sa.String(40), nullable=False),
        sa.Column("to_id", Identifier, nullable=False),
        sa.Column("space_id", Identifier, nullable=False),
        sa.PrimaryKeyConstraint("from_id", "to_kind", "to_id", name="pk_record_link"),
        sa.ForeignKeyConstraint(
            ["from_id"], ["record.id"], name="fk_record_link_from_id_record", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_record_link_to", "record_link", ["space_id", "to_kind", "to_id", "from_id"])
    op.create_table(
        "record_counter",
        sa.Column("space_id", Identifier, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("space_id", "kind", name="pk_record_counter"),
    )
    op.create_table(
        "record_author",
        sa.Column("space_id", Identifier, nullable=False),
        sa.Column("actor_id", Identifier, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(254), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.PrimaryKeyConstraint("space_id", "actor_id", name="pk_record_author"),
        sa.UniqueConstraint("space_id", "number", name="uq_record_author_space_id_number"),
    )


def downgrade() -> None:
    """Take back."""
    for table in ("record_author", "record_counter", "record_link", "record"):
        op.drop_table(table)
