"""Sign-ins (OAuth): how to get an access token for a receiver, and which webhook uses which."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from app.core.orm import Identifier, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NEW_PERMISSIONS = ["sign_ins.view", "sign_ins.manage"]


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "oauth_credential",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("space_id", Identifier, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("grant", sa.String(length=20), nullable=False),
        sa.Column("token_url", sa.Text(), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("send_in", sa.String(length=10), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("authorize_url", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_oauth_credential_space_id_space")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_credential")),
    )
    op.create_index("ix_oauth_credential_space_id", "oauth_credential", ["space_id", "id"])
    op.create_table(
        "oauth_token",
        sa.Column("credential_id", Identifier, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("access_token", sa.Text(), nullable=True),
        sa.Column("refresh_token", sa.Text(), nullable=True),
        sa.Column("obtained_at", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("lease", Identifier, nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("last_reason", sa.String(length=40), nullable=True),
        sa.Column("last_detail", sa.Text(), nullable=False),
        sa.Column("last_facts", sa.LargeBinary(), nullable=False),
        sa.Column("failed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["oauth_credential.id"], name=op.f("fk_oauth_token_credential_id_oauth_credential")
        ),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("pk_oauth_token")),
    )
    op.create_table(
        "oauth_connection",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("credential_id", Identifier, nullable=False),
        sa.Column("person_id", Identifier, nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"],
            ["oauth_credential.id"],
            name=op.f("fk_oauth_connection_credential_id_oauth_credential"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_connection")),
    )
    op.create_index("ix_oauth_connection_credential_id", "oauth_connection", ["credential_id"])
    op.create_index("ix_oauth_connection_expires_at", "oauth_connection", ["expires_at"])
    # No foreign key: SQLite could take one only by copying the table. The service refuses what is not there.
    op.add_column("webhook", sa.Column("oauth_credential_id", Identifier, nullable=True))
    op.create_index("ix_webhook_oauth_credential_id", "webhook", ["oauth_credential_id"])
    _grant_to_admins()


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_webhook_oauth_credential_id", "webhook")
    op.drop_column("webhook", "oauth_credential_id")
    op.drop_table("oauth_connection")
    op.drop_table("oauth_token")
    op.drop_table("oauth_credential")


def _grant_to_admins() -> None:
    """Whoever may do everything in a space may do this as well."""
    role = sa.table("role", sa.column("id"), sa.column("key"), sa.column("permissions", sa.JSON()))
    connection = op.get_bind()
    for row in connection.execute(sa.select(role.c.id, role.c.permissions).where(role.c.key.in_(("owner", "admin")))):
        had = json.loads(row.permissions) if isinstance(row.permissions, str) else row.permissions
        connection.execute(
            role.update().where(role.c.id == row.id).values(permissions=[*had, *NEW_PERMISSIONS])
        )
