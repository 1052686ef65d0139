"""Accounts: add a person to a space, change the password."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit.actions import JOINED, PASSWORD_CHANGED, ROLE_GIVEN
from app.audit.differences import MASK, detail
from app.audit.subject import PERSON as A_PERSON
from app.audit.subject import Subject
from app.core.digests import digest_of
from app.core.errors import FieldError, Invalid
from app.core.extensions import db
from app.core.transaction import transaction
from app.models import Membership, Person, Role
from app.models.role import OWNER
from app.services.auditing import note
from app.services.log_in_limits import Origin, count_try, forgive
from app.services.passwords import hash_password, password_matches
from app.services.people.letters import tell_password_changed
from app.services.people.memberships import keep_an_owner, lock_space
from app.services.people.noting import note_everywhere, note_failed
from app.services.people.sessions import end_all
from app.services.people.words import checked_email, plain


def create_person(email: str, password: str, space_id: str, role: str) -> Person:
    """Add a person to a space in a role. Somebody who is known already joins the space, password unchanged.

    Raises `Invalid` for an e-mail address, a password or a role that cannot be used.
    """
    with transaction() as session:
        return add_person(session, email, password, space_id, role)


def add_person(session: Session, email: str, password: str, space_id: str, role: str) -> Person:
    """`create_person` within the caller's transaction."""
    email = checked_email(email)
    lock_space(session, space_id)
    role_row = _role(session, space_id, role)
    person = session.scalar(select(Person).where(Person.email == email))
    if person is None:
        person = Person(email=email, password_hash=hash_password(password, [email]))
        session.add(person)
        session.flush()
    membership = session.get(Membership, (person.id, space_id))
    if membership is None:
        session.add(Membership(person_id=person.id, space_id=space_id, role_id=role_row.id))
        _note_role(session, space_id, JOINED, person, None, role_row)
    elif membership.role_id != role_row.id:
        if role_row.key != OWNER:
            keep_an_owner(session, membership)
        _note_role(session, space_id, ROLE_GIVEN, person, session.get(Role, membership.role_id), role_row)
        membership.role_id = role_row.id
    return person


def typed_email(email: str) -> str:
    """An e-mail address as it is kept and counted, from how it was typed."""
    return plain(email.strip().lower())[:254]


def change_password(person_id: str, old: str, new: str, token: str) -> None:
    """Set a new password and end all of the person's sessions.

    `token`: of the session it is changed in. Raises `Invalid`, and `TooManyFailures` as the log-in does: a session
    left open is no way to guess, and a stranger's guesses elsewhere are no hindrance.
    """
    person = db.session.get_one(Person, person_id)
    hashed = hash_password(new, [person.email, person.name])
    check_password(person_id, old, token, "old")
    with transaction() as session:
        session.execute(update(Person).where(Person.id == person_id).values(password_hash=hashed))
        end_all(session, person_id)
        changed = [detail("password", MASK, MASK, secret=True)]
        note_everywhere(session, person_id, PASSWORD_CHANGED, changed)
        tell_password_changed(session, session.get_one(Person, person_id))


def check_password(person_id: str, typed: str, token: str, field: str = "password") -> None:
    """Have somebody who is logged in prove it again. `token`: of their session.

    Raises `Invalid` for that field, and `TooManyFailures`.
    """
    person = db.session.get_one(Person, person_id)
    origin = Origin(ip="", device=digest_of(token))
    failure_id = count_try(person.email, origin)
    if not password_matches(typed, person.password_hash):
        note_failed(person.id, person.email, origin.ip, failure_id)
        raise Invalid([FieldError(field, _("This is not your present password."))])
    with transaction() as session:
        forgive(session, person.email, origin, failure_id)


def _role(session: Session, space_id: str, key: str) -> Role:
    role = session.scalar(select(Role).where(Role.space_id == space_id, Role.key == key))
    if role is None:
        keys = session.scalars(select(Role.key).where(Role.space_id == space_id).order_by(Role.key)).all()
        raise Invalid([FieldError("role", _("Choose one of these roles: %(roles)s.", roles=", ".join(keys)))])
    return role


def _note_role(
    session: Session, space_id: str, action: str, person: Person, before: Role | None, after: Role
) -> None:
    details = [
        detail("person.email", None, person.email),
        detail("person.role", before.name if before else None, after.name),
    ]
    note(session, space_id, action, Subject(A_PERSON, person.id), details)
