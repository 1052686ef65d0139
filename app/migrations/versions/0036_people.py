"""Invitations, forgotten passwords, changed addresses, two-step log-in, single sign-on, when a key was used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_ID = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")
_IS_OPEN = sa.text("closed_at is null")


def upgrade() -> None:
    """Apply. Those who have an account already were added by whoever runs Hookdesk: their addresses count as theirs."""
    _columns()
    _invitation()
    _password_reset()
    _email_change()
    op.create_table(
        "recovery_code",
        sa.Column("person_id", _ID, sa.ForeignKey("person.id", name="fk_recovery_code_person_id_person")),
        sa.Column("code_hash", sa.String(64)),
        sa.Column("used_at", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("person_id", "code_hash", name="pk_recovery_code"),
    )


def downgrade() -> None:
    """Take back. Two-step log-in and links that were sent are gone."""
    for table in ("recovery_code", "email_change", "password_reset", "invitation"):
        op.drop_table(table)
    op.drop_index("ix_api_key_ending", "api_key")
    op.drop_index("ix_membership_role_id", "membership")
    op.drop_index("uq_person_sso_subject", "person")
    for table, names in _ADDED.items():
        with op.batch_alter_table(table) as batch:
            for name in names:
                batch.drop_column(name)


_ADDED = {
    "person": ("email_proven", "sso_subject", "totp_secret", "totp_since", "totp_last_step"),
    "membership": ("last_seen_at",),
    "login_session": ("awaits_code", "last_seen_at"),
    "space": ("require_totp", "sso_role_id"),
    "api_key": ("last_used_at", "last_used_from", "end_told_at"),
    "mail": ("sealed",),
}


def _columns() -> None:
    op.add_column("person", sa.Column("email_proven", sa.Boolean, nullable=False, server_default=sa.true()))
    op.add_column("person", sa.Column("sso_subject", sa.String(500), nullable=True))
    op.add_column("person", sa.Column("totp_secret", sa.Text, nullable=True))
    op.add_column("person", sa.Column("totp_since", sa.BigInteger, nullable=True))
    op.add_column("person", sa.Column("totp_last_step", sa.BigInteger, nullable=True))
    op.create_index("uq_person_sso_subject", "person", ["sso_subject"], unique=True)
    op.add_column("membership", sa.Column("last_seen_at", sa.BigInteger, nullable=True))
    op.create_index("ix_membership_role_id", "membership", ["role_id"])
    op.add_column(
        "login_session", sa.Column("awaits_code", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column("login_session", sa.Column("last_seen_at", sa.BigInteger, nullable=True))
    op.add_column("space", sa.Column("require_totp", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("space", sa.Column("sso_role_id", _ID, nullable=True))
    op.add_column("api_key", sa.Column("last_used_at", sa.BigInteger, nullable=True))
    op.add_column(
        "api_key", sa.Column("last_used_from", sa.String(64), nullable=False, server_default="")
    )
    op.add_column("api_key", sa.Column("end_told_at", sa.BigInteger, nullable=True))
    not_told = sa.text("end_told_at is null and revoked_at is null and expires_at is not null")
    op.create_index(
        "ix_api_key_ending", "api_key", ["expires_at"], postgresql_where=not_told, sqlite_where=not_told
    )
    op.add_column("mail", sa.Column("sealed", sa.Boolean, nullable=False, server_default=sa.false()))


def _invitation() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", _ID),
        sa.Column("space_id", _ID, sa.ForeignKey("space.id", name="fk_invitation_space_id_space"), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("role_id", _ID, sa.ForeignKey("role.id", name="fk_invitation_role_id_role"), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("by_mail", sa.Boolean, nullable=False),
        sa.Column("invited_by", sa.String(254), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("accepted_at", sa.BigInteger, nullable=True),
        sa.Column("closed_at", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.UniqueConstraint("token_hash", name="uq_invitation_token_hash"),
    )
    op.create_index(
        "uq_invitation_open",
        "invitation",
        ["space_id", "email"],
        unique=True,
        postgresql_where=_IS_OPEN,
        sqlite_where=_IS_OPEN,
    )
    op.create_index("ix_invitation_email", "invitation", ["email"])


def _password_reset() -> None:
    op.create_table(
        "password_reset",
        sa.Column("id", _ID),
        sa.Column(
            "person_id", _ID, sa.ForeignKey("person.id", name="fk_password_reset_person_id_person"), nullable=False
        ),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_password_reset"),
        sa.UniqueConstraint("token_hash", name="uq_password_reset_token_hash"),
    )
    op.create_index("ix_password_reset_person_id", "password_reset", ["person_id"])


def _email_change() -> None:
    op.create_table(
        "email_change",
        sa.Column("id", _ID),
        sa.Column(
            "person_id", _ID, sa.ForeignKey("person.id", name="fk_email_change_person_id_person"), nullable=False
        ),
        sa.Column("old_email", sa.String(254), nullable=False),
        sa.Column("new_email", sa.String(254), nullable=False),
        sa.Column("old_token_hash", sa.String(64), nullable=False),
        sa.Column("new_token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("old_confirmed_at", sa.BigInteger, nullable=True),
        sa.Column("new_confirmed_at", sa.BigInteger, nullable=True),
        sa.Column("closed_at", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_email_change"),
        sa.UniqueConstraint("old_token_hash", name="uq_email_change_old_token_hash"),
        sa.UniqueConstraint("new_token_hash", name="uq_email_change_new_token_hash"),
    )
    op.create_index("ix_email_change_person_id", "email_change", ["person_id"])
