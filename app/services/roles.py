"""Roles: which permissions they carry in a space (E1, S2: the owner gives "Manage webhooks" to a role)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.errors import FieldError, Invalid
from app.core.extensions import db
from app.core.transaction import transaction
from app.models import Role
from app.models.role import (
    MANAGE_OAUTH_CREDENTIALS,
    MANAGE_PEOPLE,
    MANAGE_WEBHOOKS,
    PERMISSIONS,
    RESEND,
    VIEW_OAUTH_CREDENTIALS,
    VIEW_WEBHOOKS,
)
from app.services.webhooks.changes import ROLE_EDITED, detail, record_for_space

OWNER = "owner"
# Who may hand out permissions is not itself handed out here.
GRANTABLE = tuple(one for one in PERMISSIONS if one != MANAGE_PEOPLE)
# Nobody can use one of these without seeing what it is about.
_NEEDS = {
    RESEND: VIEW_WEBHOOKS,
    MANAGE_WEBHOOKS: VIEW_WEBHOOKS,
    MANAGE_OAUTH_CREDENTIALS: VIEW_OAUTH_CREDENTIALS,
}

Grant = tuple[str, str]


def roles_of(space_id: str) -> Sequence[Role]:
    """The roles of a space but for the owner's, which always carries everything."""
    query = select(Role).where(Role.space_id == space_id, Role.key != OWNER).order_by(Role.id)
    return db.session().scalars(query.execution_options(populate_existing=True)).all()


def grant(space_id: str, grants: Collection[Grant]) -> None:
    """Give the roles of a space these permissions and no other: (role's key, permission) each.

    A permission that cannot be used without another brings that along. Raises `Invalid`.
    """
    with transaction() as session:
        roles = {role.key: role for role in roles_of(space_id)}
        if any(key not in roles or permission not in GRANTABLE for key, permission in grants):
            raise Invalid([FieldError("grant", _("Choose permissions from the list."))])
        for key, role in roles.items():
            before = list(role.permissions)
            chosen = {permission for one, permission in grants if one == key}
            chosen |= {_NEEDS[one] for one in chosen if one in _NEEDS}
            chosen |= set(before) - set(GRANTABLE)
            role.permissions = [one for one in PERMISSIONS if one in chosen]
            if role.permissions != before:
                details = [detail("role.permissions", before, role.permissions)]
                details.append(detail("role.name", None, role.name))
                record_for_space(session, space_id, ROLE_EDITED, details)
