"""Owner and admin have every permission, computed: nothing is stored for them any more.

An admin role from which permissions were taken goes on as a role of its own with what it had.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.core.ids import new_id

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

ALL_THEN = (
    *("webhooks.view", "webhooks.resend", "webhooks.manage", "sign_ins.view", "sign_ins.manage"),
    *("api_keys.manage", "people.manage"),
)
LIMITED = "limited_admin"

role = sa.table(
    "role", *map(sa.column, ("id", "space_id", "key", "name")), sa.column("permissions", sa.JSON())
)
membership = sa.table("membership", sa.column("role_id"))


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(role).where(role.c.key == "admin")).all():
        if set(ALL_THEN) - set(row.permissions):
            _keep_limited(row)
    connection.execute(sa.update(role).where(role.c.key.in_(("owner", "admin"))).values(permissions=[]))


def downgrade() -> None:
    """Take back. Limited admins stay a role of their own."""
    op.execute(sa.update(role).where(role.c.key.in_(("owner", "admin"))).values(permissions=list(ALL_THEN)))


def _keep_limited(row: Any) -> None:
    connection, new = op.get_bind(), new_id("rol")
    kept = [*row.permissions, *(["roles.manage"] if "people.manage" in row.permissions else [])]
    connection.execute(
        sa.insert(role).values(
            id=new, space_id=row.space_id, key=LIMITED, name=f"{row.name} (limited)"[:100], permissions=kept
        )
    )
    connection.execute(sa.update(membership).where(membership.c.role_id == row.id).values(role_id=new))
