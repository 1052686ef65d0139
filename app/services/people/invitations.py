"""Invitations: by mail, or by a link to hand over where no mail server is set."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.actions import INVITED, JOINED, RENEWED, WITHDRAWN
from app.audit.differences import Details, detail
from app.audit.subject import INVITATION, Subject
from app.audit.subject import PERSON as A_PERSON
from app.core.actor import PERSON, Actor
from app.core.digests import digest_of
from app.core.errors import FieldError, Invalid, NotFound
from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import Invitation, Membership, Person, Role
from app.models.invitation import INVITATION_FOR
from app.services.alerts import mail
from app.services.auditing import note
from app.services.passwords import hash_password
from app.services.people import links
from app.services.people.letters import clock, invitation_letter
from app.services.people.memberships import givable_role, lock_space
from app.services.people.words import checked_email, checked_name

MOST_OPEN = 200


@dataclass(frozen=True, slots=True)
class Invited:
    """`link`: to hand over; None: it was sent by mail, and nobody but its reader is to know it."""

    invitation: Invitation
    link: str | None


def invite(space_id: str, email: str, role_id: str, giver: Role, invited_by: str) -> Invited:
    """Invite somebody to a space. `giver`: the role of who invites: nobody gives more than they have.

    Raises `Invalid`, also for somebody who belongs to the space or has an open invitation, which stays as it is.
    """
    email = checked_email(email)
    with transaction() as session:
        lock_space(session, space_id)
        role = givable_role(session, space_id, role_id, giver)
        _refuse_member(session, space_id, email)
        _refuse_invited(session, space_id, email)
        _refuse_too_many(session, space_id)
        token = links.new_token()
        invitation = Invitation(space_id=space_id, email=email, role_id=role.id, invited_by=invited_by)
        link = _renew_link(invitation, token)
        session.add(invitation)
        session.flush()
        note(session, space_id, INVITED, Subject(INVITATION, invitation.id), _told(invitation, role))
        return _sent(session, invitation, link)


def renew(space_id: str, invitation_id: str) -> Invited:
    """A new link in place of the old one, for another week. Raises `NotFound`."""
    with transaction() as session:
        invitation = _open_one(session, space_id, invitation_id)
        link = _renew_link(invitation, links.new_token())
        note(
            session, space_id, RENEWED, Subject(INVITATION, invitation.id), _told(invitation, invitation.role)
        )
        return _sent(session, invitation, link)


def withdraw(space_id: str, invitation_id: str) -> None:
    """Its link does nothing from now on. Raises `NotFound`."""
    with transaction() as session:
        invitation = _open_one(session, space_id, invitation_id)
        invitation.closed_at = utc_now()
        note(
            session,
            space_id,
            WITHDRAWN,
            Subject(INVITATION, invitation.id),
            [detail("person.email", invitation.email, None)],
        )


def invitation_of(token: str) -> Invitation:
    """The invitation that a link carries. Raises `LinkOver`."""
    found = db.session().scalar(select(Invitation).where(Invitation.token_hash == digest_of(token)))
    return _usable(found)


def is_known(email: str) -> bool:
    """True if there is an account for this address: its owner logs in instead of setting a password."""
    return db.session().scalar(select(Person.id).where(Person.email == email)) is not None


def accept(token: str, name: str, password: str, ip: str) -> Person:
    """Make an account and join. Raises `LinkOver`, and `Invalid` also if there is an account meanwhile."""
    email = invitation_of(token).email
    name = checked_name(name)
    hashed = hash_password(password, [email, name])
    with transaction() as session:
        invitation = _locked(session, token)
        if is_known(email):
            raise Invalid([FieldError("", _("You have an account already. Log in to join."))])
        person = Person(email=email, name=name, password_hash=hashed, email_proven=invitation.by_mail)
        session.add(person)
        session.flush()
        join(session, invitation, person, ip)
    return person


def accept_as(token: str, person_id: str, ip: str) -> str:
    """Join with the account that the invitation was sent to; the id of the space. Raises `LinkOver`."""
    with transaction() as session:
        invitation = _locked(session, token)
        person = session.get_one(Person, person_id)
        if person.email != invitation.email:
            raise links.no_such_link()
        join(session, invitation, person, ip)
        return invitation.space_id


def join(session: Session, invitation: Invitation, person: Person, ip: str) -> None:
    """Accept an invitation, within the caller's transaction."""
    invitation.accepted_at = invitation.closed_at = utc_now()
    if session.get(Membership, (person.id, invitation.space_id)) is not None:
        return
    session.add(Membership(person_id=person.id, space_id=invitation.space_id, role_id=invitation.role_id))
    details = [detail("person.email", None, person.email), detail("person.role", None, invitation.role.name)]
    by = Actor(PERSON, person.email, person.id, ip)
    note(session, invitation.space_id, JOINED, Subject(A_PERSON, person.id), details, by=by)


def open_for(session: Session, email: str) -> list[Invitation]:
    """The invitations that this address could accept now."""
    query = select(Invitation).where(Invitation.email == email, Invitation.closed_at.is_(None))
    now = utc_now()
    return [one for one in session.scalars(query.with_for_update(of=Invitation)) if one.usable(now)]


def _sent(session: Session, invitation: Invitation, link: str) -> Invited:
    """By mail if there is a mail server: then nobody else gets the link to see, and it proves the address."""
    invitation.by_mail = mail.server() is not None
    session.flush()
    session.refresh(invitation)
    if not invitation.by_mail:
        return Invited(invitation, link)
    mail.write(
        session, invitation.space_id, invitation.email, *invitation_letter(invitation, link), sealed=True
    )
    return Invited(invitation, None)


def _renew_link(invitation: Invitation, token: str) -> str:
    invitation.token_hash = digest_of(token)
    invitation.expires_at = utc_now() + INVITATION_FOR
    invitation.by_mail = mail.server() is not None
    return links.address(f"/join/{token}")


def _open_one(session: Session, space_id: str, invitation_id: str) -> Invitation:
    invitation = session.scalar(
        select(Invitation)
        .where(Invitation.id == invitation_id, Invitation.space_id == space_id)
        .with_for_update(of=Invitation)
        .execution_options(populate_existing=True)
    )
    if invitation is None or invitation.closed_at is not None:
        raise NotFound
    return invitation


def _locked(session: Session, token: str) -> Invitation:
    """The invitation, which nobody else accepts or withdraws meanwhile."""
    return _usable(
        session.scalar(
            select(Invitation)
            .where(Invitation.token_hash == digest_of(token))
            .with_for_update(of=Invitation)
            .execution_options(populate_existing=True)
        )
    )


def _usable(invitation: Invitation | None) -> Invitation:
    if invitation is None:
        raise links.no_such_link()
    who = invitation.invited_by
    if invitation.accepted_at is not None:
        raise links.LinkOver(
            links.USED, _("This invitation was accepted already. Log in with your password.")
        )
    if invitation.closed_at is not None:
        raise links.LinkOver(
            links.WITHDRAWN, _("This invitation was withdrawn. Ask %(who)s for a new one.", who=who)
        )
    if invitation.space.archived_at is not None:
        said = _(
            "“%(space)s” is archived, so nobody can join it. Ask %(who)s.",
            space=invitation.space.name,
            who=who,
        )
        raise links.LinkOver(links.WITHDRAWN, said)
    if not invitation.usable(utc_now()):
        raise links.LinkOver(
            links.EXPIRED, _("This invitation has expired. Ask %(who)s to send it again.", who=who)
        )
    return invitation


def _refuse_member(session: Session, space_id: str, email: str) -> None:
    role = session.scalar(
        select(Role.name)
        .join(Membership, Membership.role_id == Role.id)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.space_id == space_id, Person.email == email)
    )
    if role is not None:
        sentence = _("%(email)s belongs to this space already, as %(role)s.", email=email, role=role)
        raise Invalid([FieldError("email", sentence)])


def _refuse_invited(session: Session, space_id: str, email: str) -> None:
    """The first invitation stays valid. One that has expired makes room for the new one."""
    first = session.scalar(
        select(Invitation).where(
            Invitation.space_id == space_id, Invitation.email == email, Invitation.closed_at.is_(None)
        )
    )
    if first is None:
        return
    if first.usable(utc_now()):
        sentence = _(
            "%(email)s was invited already, as %(role)s. That invitation stays valid until %(time)s.",
            email=email,
            role=first.role.name,
            time=clock(first.expires_at),
        )
        raise Invalid([FieldError("email", sentence)])
    first.closed_at = utc_now()
    session.flush()


def _refuse_too_many(session: Session, space_id: str) -> None:
    """Each costs somebody a letter, so there is an end to them."""
    count = select(func.count()).where(Invitation.space_id == space_id, Invitation.closed_at.is_(None))
    if (session.scalar(count) or 0) >= MOST_OPEN:
        sentence = _("%(n)s invitations are open. Withdraw some that nobody accepts.", n=MOST_OPEN)
        raise Invalid([FieldError("email", sentence)])


def _told(invitation: Invitation, role: Role) -> Details:
    return [detail("person.email", None, invitation.email), detail("person.role", None, role.name)]
