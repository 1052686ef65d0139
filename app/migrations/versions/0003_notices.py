"""What people are told about a webhook, the letters that tell it, and coming back by itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.orm import Identifier, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WAITING = sa.text("status = 'waiting'")
STOPPED = sa.text("state = 'stopped'")
FAILING = sa.text("failing_since is not null")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "notice",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("space_id", Identifier, nullable=False),
        sa.Column("webhook_id", Identifier, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("episode", UtcDateTime(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("webhook_id", "kind", "episode", name=op.f("uq_notice_webhook_id_kind_episode")),
    )
    op.create_index("ix_notice_space_id_id", "notice", ["space_id", "id"])
    op.create_table(
        "mail",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("space_id", Identifier, nullable=False),
        sa.Column("notice_id", Identifier, nullable=True),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
    )
    op.create_index("ix_mail_due", "mail", ["due_at"], postgresql_where=WAITING, sqlite_where=WAITING)
    op.create_index("ix_mail_notice_id", "mail", ["notice_id"])
    op.create_table(
        "comeback",
        sa.Column("webhook_id", Identifier, nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("pings", sa.Integer(), nullable=False),
        sa.Column("came_back_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("webhook_id", name=op.f("pk_comeback")),
    )
    op.create_index("ix_comeback_due_at", "comeback", ["due_at"])
    op.add_column(
        "webhook", sa.Column("back_by_itself", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index("ix_webhook_stopped", "webhook", ["id"], postgresql_where=STOPPED, sqlite_where=STOPPED)
    op.create_index("ix_lane_failing", "lane", ["webhook_id"], postgresql_where=FAILING, sqlite_where=FAILING)
    op.create_index("ix_membership_space_id", "membership", ["space_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_membership_space_id", table_name="membership")
    op.drop_index("ix_lane_failing", table_name="lane")
    op.drop_index("ix_webhook_stopped", table_name="webhook")
    op.drop_column("webhook", "back_by_itself")
    op.drop_table("comeback")
    op.drop_table("mail")
    op.drop_table("notice")
