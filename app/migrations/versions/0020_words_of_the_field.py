"""The field's words: tables and columns are called what the code calls them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLES = (("outline", "request_template"), ("comeback", "recovery_probe"), ("tally", "counter_change"))
COLUMNS = (
    ("attempt", "outline_id", "request_template_id"),
    ("recovery_probe", "came_back_at", "recovered_at"),
    ("lane", "room", "concurrency_limit"),
    ("lane", "paced_until_us", "rate_limited_until_us"),
    ("delivery", "failed_tries", "failed_attempts"),
    ("delivery", "lost_tries", "lost_attempts"),
    ("counter_change", "tries_ok", "attempts_ok"),
    ("counter_change", "tries_failed", "attempts_failed"),
    ("webhook_hour", "tries_ok", "attempts_ok"),
    ("webhook_hour", "tries_failed", "attempts_failed"),
    ("mail", "tries", "attempts"),
    ("api_key", "sealed_text", "encrypted_text"),
)


def upgrade() -> None:
    """Apply."""
    for old, new in TABLES:
        op.rename_table(old, new)
    for table, old, new in COLUMNS:
        op.execute(f"alter table {table} rename column {old} to {new}")
    op.drop_index("ix_comeback_due_at", "recovery_probe")
    op.create_index("ix_recovery_probe_due_at", "recovery_probe", ["due_at"])
    op.drop_index("ix_lane_paced", "lane")
    limited = sa.text("rate_limited_until_us > 0")
    op.create_index(
        "ix_lane_rate_limited", "lane", ["rate_limited_until_us"], postgresql_where=limited, sqlite_where=limited
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_lane_rate_limited", "lane")
    op.drop_index("ix_recovery_probe_due_at", "recovery_probe")
    for table, old, new in reversed(COLUMNS):
        op.execute(f"alter table {table} rename column {new} to {old}")
    for old, new in reversed(TABLES):
        op.rename_table(new, old)
    op.create_index("ix_comeback_due_at", "comeback", ["due_at"])
    limited = sa.text("paced_until_us > 0")
    op.create_index("ix_lane_paced", "lane", ["paced_until_us"], postgresql_where=limited, sqlite_where=limited)
