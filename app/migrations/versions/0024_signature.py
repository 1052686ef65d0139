"""How a webhook's messages are signed, and the public part of a key that has one.

Revision ID: 0030
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Webhooks that are there go on signing with their shared secret."""
    op.add_column("webhook", sa.Column("signature", sa.String(3), nullable=False, server_default="v1"))
    op.add_column("signing_secret", sa.Column("public_key", sa.String(80), nullable=True))


def downgrade() -> None:
    """Keys stay; those with a public part are not told apart any more."""
    op.drop_column("signing_secret", "public_key")
    op.drop_column("webhook", "signature")
