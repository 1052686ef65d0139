"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.orm import Identifier, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table('attempt',
    sa.Column('id', Identifier, nullable=False),
    sa.Column('space_id', Identifier, nullable=False),
    sa.Column('webhook_id', Identifier, nullable=False),
    sa.Column('delivery_id', Identifier, nullable=True),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('trigger', sa.String(length=10), nullable=False),
    sa.Column('started_at', UtcDateTime(), nullable=False),
    sa.Column('duration_us', sa.Integer(), nullable=False),
    sa.Column('dns_us', sa.Integer(), nullable=True),
    sa.Column('connect_us', sa.Integer(), nullable=True),
    sa.Column('tls_us', sa.Integer(), nullable=True),
    sa.Column('first_byte_us', sa.Integer(), nullable=True),
    sa.Column('method', sa.String(length=8), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('request_headers', sa.LargeBinary(), nullable=False),
    sa.Column('request_body', sa.LargeBinary(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('response_headers', sa.LargeBinary(), nullable=True),
    sa.Column('response_body', sa.LargeBinary(), nullable=True),
    sa.Column('body_size', sa.Integer(), nullable=False),
    sa.Column('truncated', sa.Boolean(), nullable=False),
    sa.Column('outcome', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=True),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('facts', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempt'))
    )
    op.create_index('ix_attempt_delivery_id', 'attempt', ['delivery_id'], unique=False)
    op.create_table('delivery',
    sa.Column('id', Identifier, nullable=False),
    sa.Column('space_id', Identifier, nullable=False),
    sa.Column('event_id', Identifier, nullable=False),
    sa.Column('webhook_id', Identifier, nullable=False),
    sa.Column('event_type', sa.String(length=100), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('due_at', UtcDateTime(), nullable=False),
    sa.Column('attempts_count', sa.Integer(), nullable=False),
    sa.Column('failed_tries', sa.Integer(), nullable=False),
    sa.Column('lost_tries', sa.Integer(), nullable=False),
    sa.Column('manual', sa.Boolean(), nullable=False),
    sa.Column('resume_at', UtcDateTime(), nullable=True),
    sa.Column('until_it_works', sa.Boolean(), nullable=False),
    sa.Column('last_status', sa.Integer(), nullable=True),
    sa.Column('last_reason', sa.String(length=40), nullable=True),
    sa.Column('last_attempt_at', UtcDateTime(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery'))
    )
    op.create_index('ix_delivery_event_id', 'delivery', ['event_id'], unique=False)
    op.create_index('ix_delivery_failed_space', 'delivery', ['space_id', 'id'], unique=False, postgresql_where=sa.text("status = 'failed'"), sqlite_where=sa.text("status = 'failed'"))
    op.create_index('ix_delivery_failed_webhook', 'delivery', ['webhook_id', 'id'], unique=False, postgresql_where=sa.text("status = 'failed'"), sqlite_where=sa.text("status = 'failed'"))
    op.create_index('ix_delivery_held', 'delivery', ['webhook_id', 'id'], unique=False, postgresql_where=sa.text("status = 'held'"), sqlite_where=sa.text("status = 'held'"))
    op.create_index('ix_delivery_lane', 'delivery', ['webhook_id', 'due_at', 'id'], unique=False, postgresql_where=sa.text("status = 'pending'"), sqlite_where=sa.text("status = 'pending'"))
    op.create_index('ix_delivery_space_id_id', 'delivery', ['space_id', 'id'], unique=False)
    op.create_index('ix_delivery_webhook_id_id', 'delivery', ['webhook_id', 'id'], unique=False)
    op.create_table('lease',
    sa.Column('delivery_id', Identifier, nullable=False),
    sa.Column('webhook_id', Identifier, nullable=False),
    sa.Column('token', Identifier, nullable=False),
    sa.Column('until', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('delivery_id', name=op.f('pk_lease'))
    )
    op.create_table('login_failure',
    sa.Column('id', Identifier, nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('ip', sa.String(length=64), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_login_failure'))
    )
    op.create_index('ix_login_failure_email_at', 'login_failure', ['email', 'at'], unique=False)
    op.create_index('ix_login_failure_ip_at', 'login_failure', ['ip', 'at'], unique=False)
    op.create_table('person',
    sa.Column('id', Identifier, nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('email', name=op.f('uq_person_email'))
    )
    op.create_table('space',
    sa.Column('id', Identifier, nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_space')),
    sa.UniqueConstraint('name', name=op.f('uq_space_name'))
    )
    op.create_table('tally',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('webhook_id', Identifier, nullable=False),
    sa.Column('hour', sa.Integer(), nullable=False),
    sa.Column('triggered', sa.Integer(), nullable=False),
    sa.Column('delivered', sa.Integer(), nullable=False),
    sa.Column('failed', sa.Integer(), nullable=False),
    sa.Column('cancelled', sa.Integer(), nullable=False),
    sa.Column('held', sa.Integer(), nullable=False),
    sa.Column('tries_ok', sa.Integer(), nullable=False),
    sa.Column('tries_failed', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tally'))
    )
    op.create_index('ix_tally_webhook_id', 'tally', ['webhook_id'], unique=False)
    op.create_table('webhook_hour',
    sa.Column('webhook_id', Identifier, nullable=False),
    sa.Column('hour', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('triggered', sa.BigInteger(), nullable=False),
    sa.Column('delivered', sa.BigInteger(), nullable=False),
    sa.Column('failed', sa.BigInteger(), nullable=False),
    sa.Column('cancelled', sa.BigInteger(), nullable=False),
    sa.Column('held', sa.BigInteger(), nullable=False),
    sa.Column('tries_ok', sa.BigInteger(), nullable=False),
    sa.Column('tries_failed', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('webhook_id', 'hour', name=op.f('pk_webhook_hour'))
    )
    op.create_table('api_key',
    sa.Column('id', Identifier, nullable=False),
    sa.Column('space_id', Identifier, nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('key_hash', sa.String(length=64), nullable=False),
    sa.Column('hint', sa.String(length=16), nullable=False),
    sa.Column('scopes', sa.JSON(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('created_by', Identifier, nullable=True),
    sa.Column('expires_at', UtcDateTime(), nullable=True),
    sa.Column('revoked_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['created_by'], ['person.id'], name=op.f('fk_api_key_created_by_person')),
    sa.ForeignKeyConstraint(['space_id'], ['space.id'], name=op.f('fk_api_key_space_id_space')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_key')),
    sa.UniqueConstraint('key_hash', name=op.f('uq_api_key_key_hash'))
    )
    op.create_index('ix_api_key_space_id', 'api_key', ['space_id'], unique=False)
    op.create_table('event',
    sa.Column('id', Identifier, nullable=False),
    sa.Column('space_id', Identifier, nullable=False),
    sa.Column('type', sa.String(length=100), nullable=False),
    sa.Column('data', sa.LargeBinary(), nullable=False),
    sa.Column('object_id', sa.String(length=200), nullable=True),
    sa.Column('project_id', sa.String(length=200), nullable=True),
    sa.Column('actor_id', sa.String(length=200), nullable=True),
    sa.Column('occurred_at', UtcDateTime(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('deliveries_count', sa.Integer(), nullable=False),
    sa.Column('idempotency_key', sa.String(length=255), nullable=True),
    sa.Column('request_hash', sa.LargeBinary(length=32), nullable=True),
    sa.ForeignKeyConstraint(['space_id'], ['space.id'], name=op.f('fk_event_space_id_space')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event'))
    )
    op.create_index('ix_event_space_id_id', 'event', ['space_id', 'id'], unique=False)
    op.create_index('ix_event_space_id_object_id', 'event', ['space_id', 'object_id', 'id'], unique=False, postgresql_where=sa.text('object_id is not null'), sqlite_where=sa.text('object_id is not null'))
    op.create_index('ix_event_space_id_type_id', 'event', ['space_id', 'type', 'id'], unique=False)
    op.create_index('uq_event_idempotency', 'event', ['space_id', 'idempotency_key'], unique=True, postgresql_where=sa.text('idempotency_key is not null'), sqlite_where=sa.text('idempotency_key is not null'))
    op.create_table('event_type',
    sa.Column('space_id', Identifier, nullable=False),
    sa.Column('key', sa.String(length=100), nullable=False),
    sa.Column('definition', sa.JSON(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['space_id'], ['space.id'], name=op.f('fk_event_type_space_id_space')),
    sa.PrimaryKeyConstraint('space_id', 'key', name=op.f('pk_event_type'))
    )
    op.create_table('inbox',
    sa.Column('id', Identifier, nullable=False),
    sa.Column('space_id', Identifier, nullable=False),
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.Column('answer', sa.Integer(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['space_id'], ['space.id'], name=op.f('fk_inbox_space_id_space')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbox')),
    sa.UniqueConstraint('space_id', name=op.f('uq_inbox_space_id')),
    sa.UniqueConstraint('token', name=op.f('uq_inbox_token'))
    )
    op.create_table('login_session',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('person_id', Identifier, nullable=False),
    sa.Column('space_id', Identifier, nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.Column('ended_at', UtcDateTime(), nullable=True),
    sa.Column('ip', sa.String(length=64), nullable=False),
    sa.Column('user_agent', sa.String(length=300), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_login_session_person_id_person')),
    sa.ForeignKeyConstraint(['space_id'], ['space.id'], name=op.f('fk_login_session_space_id_space')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_login_session'))
    )
    op.create_index('ix_login_session_person_id', 'login_session', ['person_id'], unique=False)
    op.create_table('role',
    sa.Column('id', Identifier, nullable=False),
    sa.Column('space_id', Identifier, nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('permissions', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['space_id'], ['space.id'], name=op.f('fk_role_space_id_space')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_role')),
    sa.UniqueConstraint('space_id', 'key', name=op.f('uq_role_space_id_key'))
    )
    op.create_table('webhook',
    sa.Column('id', Identifier, nullable=False),
    sa.Column('space_id', Identifier, nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('method', sa.String(length=8), nullable=False),
    sa.Column('projects', sa.JSON(), nullable=False),
    sa.Column('auth_kind', sa.String(length=10), nullable=False),
    sa.Column('auth_username', sa.String(length=200), nullable=False),
    sa.Column('auth_password', sa.Text(), nullable=True),
    sa.Column('own_headers', sa.Text(), nullable=True),
    sa.Column('format', sa.String(length=20), nullable=False),
    sa.Column('success_rule', sa.String(length=20), nullable=False),
    sa.Column('timeout_s', sa.Integer(), nullable=False),
    sa.Column('retry_schedule', sa.JSON(), nullable=False),
    sa.Column('failure_limit', sa.Integer(), nullable=False),
    sa.Column('failure_window_s', sa.Integer(), nullable=False),
    sa.Column('max_in_flight', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('state_reason', sa.String(length=40), nullable=True),
    sa.Column('state_since', UtcDateTime(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('updated_at', UtcDateTime(), nullable=False),
    sa.Column('deleted_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['space_id'], ['space.id'], name=op.f('fk_webhook_space_id_space')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook'))
    )
    op.create_index('ix_webhook_space_id', 'webhook', ['space_id', 'id'], unique=False)
    op.create_table('inbox_message',
    sa.Column('id', Identifier, nullable=False),
    sa.Column('inbox_id', Identifier, nullable=False),
    sa.Column('received_at', UtcDateTime(), nullable=False),
    sa.Column('method', sa.String(length=10), nullable=False),
    sa.Column('path', sa.Text(), nullable=False),
    sa.Column('headers', sa.LargeBinary(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['inbox_id'], ['inbox.id'], name=op.f('fk_inbox_message_inbox_id_inbox')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbox_message'))
    )
    op.create_index('ix_inbox_message_inbox_id_id', 'inbox_message', ['inbox_id', 'id'], unique=False)
    op.create_table('lane',
    sa.Column('webhook_id', Identifier, nullable=False),
    sa.Column('failures_in_a_row', sa.Integer(), nullable=False),
    sa.Column('failing_since', UtcDateTime(), nullable=True),
    sa.Column('last_failure_at', UtcDateTime(), nullable=True),
    sa.Column('last_sent_at', UtcDateTime(), nullable=True),
    sa.Column('last_status', sa.Integer(), nullable=True),
    sa.Column('last_reason', sa.String(length=40), nullable=True),
    sa.Column('last_attempt_id', Identifier, nullable=True),
    sa.Column('in_flight', sa.Integer(), nullable=False),
    sa.Column('held_order', sa.String(length=4), nullable=True),
    sa.ForeignKeyConstraint(['webhook_id'], ['webhook.id'], name=op.f('fk_lane_webhook_id_webhook')),
    sa.PrimaryKeyConstraint('webhook_id', name=op.f('pk_lane'))
    )
    op.create_table('membership',
    sa.Column('person_id', Identifier, nullable=False),
    sa.Column('space_id', Identifier, nullable=False),
    sa.Column('role_id', Identifier, nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_membership_person_id_person')),
    sa.ForeignKeyConstraint(['role_id'], ['role.id'], name=op.f('fk_membership_role_id_role')),
    sa.ForeignKeyConstraint(['space_id'], ['space.id'], name=op.f('fk_membership_space_id_space')),
    sa.PrimaryKeyConstraint('person_id', 'space_id', name=op.f('pk_membership'))
    )
    op.create_table('signing_secret',
    sa.Column('id', Identifier, nullable=False),
    sa.Column('webhook_id', Identifier, nullable=False),
    sa.Column('secret', sa.Text(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['webhook_id'], ['webhook.id'], name=op.f('fk_signing_secret_webhook_id_webhook')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signing_secret'))
    )
    op.create_index('ix_signing_secret_webhook_id', 'signing_secret', ['webhook_id'], unique=False)
    op.create_table('subscription',
    sa.Column('space_id', Identifier, nullable=False),
    sa.Column('event_type', sa.String(length=100), nullable=False),
    sa.Column('webhook_id', Identifier, nullable=False),
    sa.ForeignKeyConstraint(['space_id'], ['space.id'], name=op.f('fk_subscription_space_id_space')),
    sa.ForeignKeyConstraint(['webhook_id'], ['webhook.id'], name=op.f('fk_subscription_webhook_id_webhook')),
    sa.PrimaryKeyConstraint('space_id', 'event_type', 'webhook_id', name=op.f('pk_subscription'))
    )
    op.create_index(op.f('ix_subscription_webhook_id'), 'subscription', ['webhook_id'], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index(op.f('ix_subscription_webhook_id'), table_name='subscription')
    op.drop_table('subscription')
    op.drop_index('ix_signing_secret_webhook_id', table_name='signing_secret')
    op.drop_table('signing_secret')
    op.drop_table('membership')
    op.drop_table('lane')
    op.drop_index('ix_inbox_message_inbox_id_id', table_name='inbox_message')
    op.drop_table('inbox_message')
    op.drop_index('ix_webhook_space_id', table_name='webhook')
    op.drop_table('webhook')
    op.drop_table('role')
    op.drop_index('ix_login_session_person_id', table_name='login_session')
    op.drop_table('login_session')
    op.drop_table('inbox')
    op.drop_table('event_type')
    op.drop_index('uq_event_idempotency', table_name='event', postgresql_where=sa.text('idempotency_key is not null'), sqlite_where=sa.text('idempotency_key is not null'))
    op.drop_index('ix_event_space_id_type_id', table_name='event')
    op.drop_index('ix_event_space_id_object_id', table_name='event', postgresql_where=sa.text('object_id is not null'), sqlite_where=sa.text('object_id is not null'))
    op.drop_index('ix_event_space_id_id', table_name='event')
    op.drop_table('event')
    op.drop_index('ix_api_key_space_id', table_name='api_key')
    op.drop_table('api_key')
    op.drop_table('webhook_hour')
    op.drop_index('ix_tally_webhook_id', table_name='tally')
    op.drop_table('tally')
    op.drop_table('space')
    op.drop_table('person')
    op.drop_index('ix_login_failure_ip_at', table_name='login_failure')
    op.drop_index('ix_login_failure_email_at', table_name='login_failure')
    op.drop_table('login_failure')
    op.drop_table('lease')
    op.drop_index('ix_delivery_webhook_id_id', table_name='delivery')
    op.drop_index('ix_delivery_space_id_id', table_name='delivery')
    op.drop_index('ix_delivery_lane', table_name='delivery', postgresql_where=sa.text("status = 'pending'"), sqlite_where=sa.text("status = 'pending'"))
    op.drop_index('ix_delivery_held', table_name='delivery', postgresql_where=sa.text("status = 'held'"), sqlite_where=sa.text("status = 'held'"))
    op.drop_index('ix_delivery_failed_webhook', table_name='delivery', postgresql_where=sa.text("status = 'failed'"), sqlite_where=sa.text("status = 'failed'"))
    op.drop_index('ix_delivery_failed_space', table_name='delivery', postgresql_where=sa.text("status = 'failed'"), sqlite_where=sa.text("status = 'failed'"))
    op.drop_index('ix_delivery_event_id', table_name='delivery')
    op.drop_table('delivery')
    op.drop_index('ix_attempt_delivery_id', table_name='attempt')
    op.drop_table('attempt')
