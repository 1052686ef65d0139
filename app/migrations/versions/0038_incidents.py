"""Incidents, what is to be told of them, and the run of failures that a lane has seen end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

IDENTIFIER = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")
FAILED = sa.text("attempt.outcome = 'failed' and attempt.delivery_id is not null")
IS_OPEN = sa.text("closed_at is null")
RUN_ENDED = sa.text("ended_run_at is not null")


def upgrade() -> None:
    """Apply. Of what failed before, incidents are made where it still fails."""
    op.create_table(
        "incident",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("space_id", IDENTIFIER, nullable=False),
        sa.Column("webhook_id", IDENTIFIER, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("closed_at", sa.BigInteger, nullable=True),
        sa.Column("ended_by", sa.String(12), nullable=True),
        sa.Column("reason", sa.String(40), nullable=True),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("first_attempt_id", IDENTIFIER, nullable=True),
        sa.Column("last_attempt_id", IDENTIFIER, nullable=True),
        sa.Column("last_failure_at", sa.BigInteger, nullable=True),
        sa.Column("counted_to", IDENTIFIER, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
    )
    op.create_index(
        "uq_incident_open",
        "incident",
        ["webhook_id"],
        unique=True,
        postgresql_where=IS_OPEN,
        sqlite_where=IS_OPEN,
    )
    op.create_index("ix_incident_webhook_id_id", "incident", ["webhook_id", "id"])
    op.create_index("ix_incident_space_id_id", "incident", ["space_id", "id"])
    op.create_index(
        "ix_incident_open_space",
        "incident",
        ["space_id", "id"],
        postgresql_where=IS_OPEN,
        sqlite_where=IS_OPEN,
    )
    op.create_table(
        "incident_announcement",
        sa.Column("id", IDENTIFIER, nullable=False),
        sa.Column("space_id", IDENTIFIER, nullable=False),
        sa.Column("webhook_id", IDENTIFIER, nullable=False),
        sa.Column("incident_id", IDENTIFIER, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_incident_announcement"),
    )
    op.add_column("lane", sa.Column("ended_run_since", sa.BigInteger, nullable=True))
    op.add_column("lane", sa.Column("ended_run_at", sa.BigInteger, nullable=True))
    op.create_index(
        "ix_lane_ended_run", "lane", ["ended_run_at"], postgresql_where=RUN_ENDED, sqlite_where=RUN_ENDED
    )
    op.create_index(
        "ix_attempt_failed", "attempt", ["webhook_id", "id"], postgresql_where=FAILED, sqlite_where=FAILED
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_attempt_failed", "attempt")
    op.drop_index("ix_lane_ended_run", "lane")
    op.drop_column("lane", "ended_run_at")
    op.drop_column("lane", "ended_run_since")
    op.drop_table("incident_announcement")
    op.drop_table("incident")
