"""Roles: which permissions they carry in a space (E1, S2: the owner gives "Manage webhooks" to a role)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.actions import CREATED, DELETED, EDITED
from app.audit.differences import detail
from app.audit.subject import ROLE, Subject
from app.core.errors import Conflict, FieldError, Invalid, NotFound
from app.core.extensions import db
from app.core.ids import new_id
from app.core.transaction import transaction
from app.models import Invitation, Membership, Role, Space
from app.models.permission import ALL, grantable, with_implied
from app.models.role import BUILT_IN, OWNER, UNLIMITED
from app.services.auditing import note
from app.services.webhooks.changes import ROLE_EDITED

__all__ = [
    "GRANTABLE",
    "OWNER",
    "Grant",
    "create",
    "delete",
    "find",
    "grant",
    "may_grant",
    "is_built_in",
    "rename",
    "roles_of",
]

# What owner and admin, who hold everything, may give to other roles.
GRANTABLE = tuple(grantable(ALL))
MAX_NAME = 100
# A table with more columns than this cannot be read any more.
MOST_ROLES = 30

Grant = tuple[str, str]


def roles_of(space_id: str) -> Sequence[Role]:
    """The roles of a space but for the owner's and the admin's, which always carry everything."""
    query = select(Role).where(Role.space_id == space_id, Role.key.not_in(UNLIMITED)).order_by(Role.id)
    return db.session().scalars(query.execution_options(populate_existing=True)).all()


def is_built_in(role: Role) -> bool:
    """True of the roles that every space has, which keep their names and stay."""
    return role.key in BUILT_IN


def may_grant(held: Iterable[str]) -> list[str]:
    """What somebody who holds these permissions may give to a role: nothing that they do not hold themselves."""
    mine = set(held)
    return [one for one in grantable(mine) if one in mine]


def grant(space_id: str, grants: Collection[Grant], held: Collection[str] = ALL) -> None:
    """Give the roles of a space these permissions and no other: (role's key, permission) each.

    A permission that cannot be used without another brings that along. `held`: what the giver may do; what they may
    not give stays as it is. Raises `Invalid`.
    """
    givable = may_grant(held)
    with transaction() as session:
        roles = {role.key: role for role in roles_of(space_id)}
        if any(key not in roles or permission not in GRANTABLE for key, permission in grants):
            raise Invalid([FieldError("grant", _("Choose permissions from the list."))])
        for key, role in roles.items():
            before = role.held
            kept = [one for one in before if one not in givable]
            chosen = [permission for one, permission in grants if one == key]
            if beyond := set(with_implied(chosen)) - set(givable) - set(before):
                sentence = _("You can only give what you may do yourself, so not: %(names)s.")
                raise Invalid([FieldError("grant", sentence % {"names": ", ".join(sorted(beyond))})])
            after = with_implied([*kept, *chosen])
            if after != before:
                role.permissions = after
                details = [detail("role.permissions", before, after), detail("role.name", None, role.name)]
                note(session, space_id, ROLE_EDITED, Subject(ROLE, role.id), details)


def find(space_id: str, role_id: str) -> Role:
    """A role of a space. Raises `NotFound`."""
    role = db.session().scalar(select(Role).where(Role.id == role_id, Role.space_id == space_id))
    if role is None:
        raise NotFound
    return role


def create(space_id: str, name: str) -> Role:
    """A new role, which may do nothing yet. Raises `Invalid`."""
    with transaction() as session:
        name = _checked(session, space_id, name)
        if len(roles_of(space_id)) >= MOST_ROLES:
            sentence = _("A space can have %(n)s roles. Delete one that nobody has.", n=MOST_ROLES)
            raise Invalid([FieldError("name", sentence)])
        role = Role(id=new_id("rol"), space_id=space_id, name=name, permissions=[])
        role.key = role.id
        session.add(role)
        session.flush()
        note(session, space_id, CREATED, Subject(ROLE, role.id), [detail("role.name", None, name)])
    return role


def rename(space_id: str, role_id: str, name: str) -> Role:
    """Another name. Raises `NotFound`, `Invalid`, and `Conflict` for a role that every space has."""
    with transaction() as session:
        role = _own(space_id, role_id)
        name = _checked(session, space_id, name, but=role.id)
        if name != role.name:
            note(session, space_id, EDITED, Subject(ROLE, role.id), [detail("role.name", role.name, name)])
            role.name = name
    return role


def delete(space_id: str, role_id: str) -> str:
    """Delete a role that nobody has; its name. Raises `NotFound` and `Conflict`."""
    with transaction() as session:
        session.execute(select(Space.id).where(Space.id == space_id).with_for_update())
        role = _own(space_id, role_id)
        _refuse_used(session, role)
        name = role.name
        details = [detail("role.name", name, None), detail("role.permissions", role.held, None)]
        note(session, space_id, DELETED, Subject(ROLE, role.id), details)
        _forget_closed_invitations(session, role)
        session.delete(role)
    return name


def _own(space_id: str, role_id: str) -> Role:
    role = find(space_id, role_id)
    if is_built_in(role):
        raise Conflict(
            "built_in_role", _("Every space has the role “%(name)s”, so it stays.", name=role.name)
        )
    return role


def _refuse_used(session: Session, role: Role) -> None:
    people = session.scalar(select(func.count()).where(Membership.role_id == role.id)) or 0
    open_invitations = select(func.count()).where(
        Invitation.role_id == role.id, Invitation.closed_at.is_(None)
    )
    invited = session.scalar(open_invitations) or 0
    by_sso = session.scalar(select(func.count()).where(Space.sso_role_id == role.id)) or 0
    if people or invited or by_sso:
        raise Conflict(
            "role_is_used",
            _(
                "Somebody has the role “%(name)s” or is to get it. Give them another one first.",
                name=role.name,
            ),
        )


def _forget_closed_invitations(session: Session, role: Role) -> None:
    """They name the role, and count for nothing; who was invited as what stays in the audit log."""
    for invitation in session.scalars(select(Invitation).where(Invitation.role_id == role.id)).all():
        session.delete(invitation)
    session.flush()


def _checked(session: Session, space_id: str, typed: str, but: str = "") -> str:
    name = " ".join(typed.split())
    if not name:
        raise Invalid([FieldError("name", _("Enter a name for the role."))])
    if len(name) > MAX_NAME or not name.isprintable():
        sentence = _("Use at most %(n)s characters, and printable ones only.", n=MAX_NAME)
        raise Invalid([FieldError("name", sentence)])
    others = select(Role.name).where(Role.space_id == space_id, Role.id != but)
    if name.casefold() in {other.casefold() for other in session.scalars(others)}:
        raise Invalid([FieldError("name", _("There is a role named “%(name)s” already.", name=name))])
    return name
