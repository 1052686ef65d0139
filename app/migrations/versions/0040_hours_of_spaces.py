"""Counts per space and hour, beside those of its webhooks: the home of a space reads them."""

from __future__ import annotations

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

COUNTS = ("triggered", "delivered", "failed", "cancelled", "held", "attempts_ok", "attempts_failed")
TOOK = (*(f"took_{bound}" for bound in (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)), "took_longer")
NAMES = (*COUNTS, *TOOK)


def upgrade() -> None:
    """Apply: the sums of what is compacted. What is not yet is added when it is."""
    sums = ", ".join(f"sum(h.{name})" for name in NAMES)
    op.execute(
        f"insert into webhook_hour (webhook_id, hour, {', '.join(NAMES)})"  # noqa: S608 (names of ours)
        f" select w.space_id, h.hour, {sums} from webhook_hour h join webhook w on w.id = h.webhook_id"
        " where h.hour > 0 group by w.space_id, h.hour"
    )


def downgrade() -> None:
    """Take back."""
    op.execute("delete from webhook_hour where webhook_id in (select id from space)")
