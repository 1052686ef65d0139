"""An OAuth connection names the hosts that it may be used for: at first those of the webhooks that use it."""

from __future__ import annotations

from collections import defaultdict
from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

credential = sa.table("oauth_credential", sa.column("id"), sa.column("hosts", sa.JSON()))
webhook = sa.table("webhook", *map(sa.column, ("oauth_credential_id", "auth_kind", "url", "deleted_at")))


def upgrade() -> None:
    """Apply."""
    op.add_column("oauth_credential", sa.Column("hosts", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("oauth_credential") as table:
        table.alter_column("hosts", existing_type=sa.JSON(), nullable=False, server_default=None)
    hosts: dict[str, set[str]] = defaultdict(set)
    used = sa.select(webhook.c.oauth_credential_id, webhook.c.url).where(
        webhook.c.auth_kind == "oauth", webhook.c.oauth_credential_id.is_not(None), webhook.c.deleted_at.is_(None)
    )
    connection = op.get_bind()
    for row in connection.execute(used):
        hosts[row.oauth_credential_id].add(urlsplit(row.url).hostname or "")
    for credential_id, names in hosts.items():
        named = sorted(names - {""})
        connection.execute(sa.update(credential).where(credential.c.id == credential_id).values(hosts=named))


def downgrade() -> None:
    """Take back."""
    op.drop_column("oauth_credential", "hosts")
