"""Roles: which permissions they carry in a space (E1, S2: the owner gives "Manage webhooks" to a role)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from app.audit.differences import detail
from app.audit.subject import ROLE, Subject
from app.core.errors import FieldError, Invalid
from app.core.extensions import db
from app.core.transaction import transaction
from app.models import Role
from app.models.permission import ALL, grantable, with_implied
from app.models.role import OWNER, UNLIMITED
from app.services.auditing import note
from app.services.webhooks.changes import ROLE_EDITED

__all__ = ["GRANTABLE", "OWNER", "Grant", "grant", "roles_of"]

# What owner and admin, who hold everything, may give to other roles.
GRANTABLE = tuple(grantable(ALL))

Grant = tuple[str, str]


def roles_of(space_id: str) -> Sequence[Role]:
    """The roles of a space but for the owner's and the admin's, which always carry everything."""
    query = select(Role).where(Role.space_id == space_id, Role.key.not_in(UNLIMITED)).order_by(Role.id)
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
            before = role.held
            kept = [one for one in before if one not in GRANTABLE]
            after = with_implied([*kept, *(permission for one, permission in grants if one == key)])
            if after != before:
                role.permissions = after
                details = [detail("role.permissions", before, after), detail("role.name", None, role.name)]
                note(session, space_id, ROLE_EDITED, Subject(ROLE, role.id), details)
