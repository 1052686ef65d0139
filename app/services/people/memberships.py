"""Who belongs to a space, and in which role. A space always keeps an owner, and nobody gives more than they have."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.audit.actions import LEFT, REMOVED, ROLE_GIVEN
from app.audit.differences import detail
from app.audit.subject import PERSON, Subject
from app.core.errors import Conflict, FieldError, Invalid, NotFound
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import LoginSession, Membership, Role, Space
from app.models.role import OWNER
from app.services.auditing import note


def lock_space(session: Session, space_id: str) -> None:
    """Nobody else changes who belongs to this space until the transaction ends."""
    session.execute(select(Space.id).where(Space.id == space_id).with_for_update())


def may_give(giver: Role, role: Role) -> bool:
    """True if somebody in the role `giver` may put others into `role`, or take it from them."""
    return giver.key == OWNER if role.key == OWNER else set(role.held) <= set(giver.held)


def givable_role(session: Session, space_id: str, role_id: str, giver: Role) -> Role:
    """The role of this id. Raises `Invalid` if there is none or `giver` may not give it."""
    role = session.scalar(select(Role).where(Role.id == role_id, Role.space_id == space_id))
    if role is None:
        raise Invalid([FieldError("role_id", _("Choose a role from the list."))])
    if not may_give(giver, role):
        sentence = _("Your own role does not include everything that “%(role)s” may do.", role=role.name)
        raise Invalid([FieldError("role_id", sentence)])
    return role


def change_role(space_id: str, person_id: str, role_id: str, giver: Role) -> Membership:
    """Put somebody into another role. It counts from their next request.

    Raises `NotFound`, `Invalid`, and `Conflict` for the last owner and for whoever may do more than `giver`.
    """
    with transaction() as session:
        lock_space(session, space_id)
        membership = _membership(session, space_id, person_id)
        before = membership.role
        _refuse_higher(before, giver)
        role = givable_role(session, space_id, role_id, giver)
        if role.key != OWNER:
            keep_an_owner(session, membership)
        if role.id != before.id:
            membership.role_id = role.id
            details = [
                detail("person.email", None, membership.person.email),
                detail("person.role", before.name, role.name),
            ]
            note(session, space_id, ROLE_GIVEN, Subject(PERSON, person_id), details)
        return membership


def remove(space_id: str, person_id: str, giver: Role) -> str:
    """Take somebody out of a space, at once; their e-mail address. Raises as `change_role` does."""
    with transaction() as session:
        lock_space(session, space_id)
        membership = _membership(session, space_id, person_id)
        _refuse_higher(membership.role, giver)
        email = membership.person.email
        _end(session, membership, REMOVED)
        return email


def leave(space_id: str, person_id: str) -> None:
    """Somebody ends their own membership. Raises `NotFound`, and `Conflict` for the last owner."""
    with transaction() as session:
        lock_space(session, space_id)
        _end(session, _membership(session, space_id, person_id), LEFT)


def keep_an_owner(session: Session, membership: Membership) -> None:
    """Raises `Conflict` if this is the only owner of the space, which the caller has locked."""
    if membership.role.key != OWNER:
        return
    others = (
        select(func.count())
        .select_from(Membership)
        .where(Membership.role_id == membership.role_id, Membership.person_id != membership.person_id)
    )
    if not session.scalar(others):
        raise Conflict(
            "last_owner",
            _(
                "%(email)s is the only owner of this space. Make somebody else an owner first.",
                email=membership.person.email,
            ),
        )


def _end(session: Session, membership: Membership, action: str) -> None:
    keep_an_owner(session, membership)
    space_id, person_id = membership.space_id, membership.person_id
    details = [
        detail("person.email", membership.person.email, None),
        detail("person.role", membership.role.name, None),
    ]
    session.delete(membership)
    session.flush()
    _leave_sessions(session, space_id, person_id)
    note(session, space_id, action, Subject(PERSON, person_id), details)


def _membership(session: Session, space_id: str, person_id: str) -> Membership:
    membership = session.get(Membership, (person_id, space_id), populate_existing=True)
    if membership is None:
        raise NotFound
    return membership


def _refuse_higher(role: Role, giver: Role) -> None:
    if not may_give(giver, role):
        raise Conflict(
            "higher_role",
            _("Only somebody who may do all that “%(role)s” may do can change this.", role=role.name),
        )


def _leave_sessions(session: Session, space_id: str, person_id: str) -> None:
    """Their log-ins go on in another of their spaces, or end."""
    other = session.scalar(
        select(Membership.space_id)
        .where(Membership.person_id == person_id)
        .order_by(Membership.space_id)
        .limit(1)
    )
    values = {"space_id": other} if other else {"ended_at": utc_now()}
    session.execute(
        update(LoginSession)
        .where(
            LoginSession.person_id == person_id,
            LoginSession.space_id == space_id,
            LoginSession.ended_at.is_(None),
        )
        .values(**values)
    )
