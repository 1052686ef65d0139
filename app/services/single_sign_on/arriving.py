"""Whose account it is that came back from the provider: known, invited, or let in by a space's setting."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.audit.actions import JOINED, ROLE_GIVEN, SSO_LINKED
from app.audit.differences import detail
from app.audit.subject import PERSON as A_PERSON
from app.audit.subject import Subject
from app.core.actor import PERSON, Actor
from app.core.single_sign_on import SingleSignOn
from app.core.transaction import transaction
from app.models import Membership, Person, RecoveryCode, Role, Space
from app.models.role import OWNER
from app.services.auditing import note
from app.services.log_in_limits import Origin
from app.services.people import invitations
from app.services.people.log_in import open_session
from app.services.people.noting import note_everywhere
from app.services.people.sessions import end_all
from app.services.single_sign_on.identity import Identity, identify
from app.services.single_sign_on.provider import SignOnFailed


class NotInvited(SignOnFailed):
    """The provider knows them, and no space here does."""


def arrive(
    provider: SingleSignOn,
    came_with: Mapping[str, str],
    kept: Mapping[str, str],
    redirect_uri: str,
    origin: Origin,
    user_agent: str,
) -> tuple[str, str]:
    """(token of a new session, e-mail address) for who came back. Raises `SignOnFailed` and `NotInvited`."""
    identity = identify(provider, came_with, kept, redirect_uri)
    with transaction() as session:
        person = _account(session, identity)
        by = Actor(PERSON, person.email, person.id, origin.ip)
        _join_spaces(session, person, identity, by)
        _give_role(session, person, identity, by)
        session.flush()
        token = open_session(session, person, origin, user_agent)
        if token is None:
            raise NotInvited(
                _(
                    "Nobody has invited %(email)s to a space here yet. Ask an owner or admin of yours.",
                    email=identity.email,
                )
            )
    return token, person.email


def _account(session: Session, identity: Identity) -> Person:
    """By what the provider calls them, else by the address that it has verified, else a new one."""
    person = session.scalar(select(Person).where(Person.sso_subject == identity.subject).with_for_update())
    if person is not None:
        return person
    person = session.scalar(select(Person).where(Person.email == identity.email).with_for_update())
    if person is None:
        person = Person(email=identity.email, name=identity.name, password_hash="")
        session.add(person)
        session.flush()
    elif person.sso_subject is not None:
        raise SignOnFailed(
            _("Another account of your provider belongs to %(email)s here.", email=identity.email)
        )
    elif not person.email_proven:
        _take_over(session, person)
    person.sso_subject, person.email_proven = identity.subject, True
    linked = [detail("sso_subject", None, identity.subject)]
    note_everywhere(session, person.id, SSO_LINKED, linked)
    return person


def _take_over(session: Session, person: Person) -> None:
    """Whoever made this account never proved that the address is theirs: what they know opens it no more."""
    person.password_hash = ""
    person.totp_secret = person.totp_since = person.totp_last_step = None
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    end_all(session, person.id)


def _join_spaces(session: Session, person: Person, identity: Identity, by: Actor) -> None:
    for invitation in invitations.open_for(session, identity.email):
        invitations.join(session, invitation, person, by.address)
    session.flush()
    mine = select(Membership.space_id).where(Membership.person_id == person.id)
    is_open = Space.sso_role_id.is_not(None) & Space.archived_at.is_(None)
    open_spaces = select(Space).where(is_open, Space.id.not_in(mine))
    for space in session.scalars(open_spaces).all():
        role = session.get(Role, space.sso_role_id)
        if role is None or role.space_id != space.id:
            continue
        session.add(Membership(person_id=person.id, space_id=space.id, role_id=role.id))
        details = [detail("person.email", None, person.email), detail("person.role", None, role.name)]
        note(session, space.id, JOINED, Subject(A_PERSON, person.id), details, by=by)


def _give_role(session: Session, person: Person, identity: Identity, by: Actor) -> None:
    """The role that a claim names, in each of their spaces that has it. An owner stays one."""
    if identity.role is None:
        return
    session.flush()
    members = select(Membership).where(Membership.person_id == person.id)
    for membership in session.scalars(members).unique().all():
        role = session.scalar(
            select(Role).where(Role.space_id == membership.space_id, Role.key == identity.role)
        )
        if role is None or membership.role.key == OWNER or membership.role_id == role.id:
            continue
        details = [detail("person.role", membership.role.name, role.name)]
        membership.role_id = role.id
        note(session, membership.space_id, ROLE_GIVEN, Subject(A_PERSON, person.id), details, by=by)
