"""People: add one to a space, log in and out, change the password (E1, security.md)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from app.audit.actions import (
    JOINED,
    LOGGED_IN,
    LOGGED_OUT,
    LOGIN_FAILED,
    PASSWORD_CHANGED,
    ROLE_GIVEN,
    SPACE_SWITCHED,
)
from app.audit.differences import MASK, Details, detail
from app.audit.subject import PERSON as A_PERSON
from app.audit.subject import Subject
from app.core.actor import PERSON, UNKNOWN, Actor
from app.core.digests import digest_of
from app.core.errors import FieldError, Invalid, NotFound
from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import LoginFailure, LoginSession, Membership, Person, Role, Space
from app.services.auditing import note
from app.services.log_in_limits import Origin, count_try, forgive, room_to_look
from app.services.passwords import hash_password, password_matches

SESSION_FOR = timedelta(days=14)

_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,185}")


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is logged in, in which of their spaces, with which role there."""

    person: Person
    space: Space
    role: Role


def create_person(email: str, password: str, space_id: str, role: str) -> Person:
    """Add a person to a space in a role. Somebody who is known already joins the space, password unchanged.

    Raises `Invalid` for an e-mail address, a password or a role that cannot be used.
    """
    with transaction() as session:
        return add_person(session, email, password, space_id, role)


def add_person(session: Session, email: str, password: str, space_id: str, role: str) -> Person:
    """`create_person` within the caller's transaction."""
    email = email.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise Invalid([FieldError("email", _("Enter an e-mail address such as ada@example.com."))])
    role_row = session.scalar(select(Role).where(Role.space_id == space_id, Role.key == role))
    if role_row is None:
        keys = session.scalars(select(Role.key).where(Role.space_id == space_id).order_by(Role.key)).all()
        raise Invalid([FieldError("role", _("Choose one of these roles: %(roles)s.", roles=", ".join(keys)))])
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
        _note_role(session, space_id, ROLE_GIVEN, person, session.get(Role, membership.role_id), role_row)
        membership.role_id = role_row.id
    return person


def log_in(email: str, password: str, ip: str, user_agent: str, device: str | None = None) -> str | None:
    """The token of a new session, or None if e-mail address and password do not belong together.

    `device`: the id of a browser that this person has logged in with before. Raises `TooManyFailures`. An unknown
    person costs the same time and is counted in the same way.
    """
    email, origin = typed_email(email), Origin(ip, device)
    with room_to_look(origin):
        failure_id = count_try(email, origin)
        person = db.session.scalar(select(Person).where(Person.email == email))
        db.session.commit()  # hashing takes a while: no transaction stays open
        if not password_matches(password, person.password_hash if person else None) or person is None:
            _note_failed(person.id if person else None, email, ip, failure_id)
            return None
    return _new_session(person, origin, user_agent, failure_id)


def typed_email(email: str) -> str:
    """An e-mail address as it is kept and counted, from how it was typed."""
    return _plain(email.strip().lower())[:254]


def session_of(token: str, space_id: str | None = None) -> Visit | None:
    """Who is behind a token, where, and what they may do there; None if the session has ended. One query.

    `space_id`: the space that the address names; None: the one that they were in last. Also None for a space that they
    do not belong to.
    """
    where = Membership.space_id == (space_id or LoginSession.space_id)
    membership = db.session.scalar(
        select(Membership)
        .join(
            LoginSession,
            (LoginSession.person_id == Membership.person_id) & where,
        )
        .where(
            LoginSession.id == digest_of(token),
            LoginSession.ended_at.is_(None),
            LoginSession.expires_at > utc_now(),
        )
    )
    if membership is None:
        return None
    visit = Visit(membership.person, membership.space, membership.role)
    for row in (membership, visit.person, visit.space, visit.role):
        db.session.expunge(row)  # a commit must not make them unread: they are asked for on every page
    return visit


def spaces_of(person_id: str) -> Sequence[Space]:
    """The spaces that a person belongs to, by name."""
    query = select(Space).join(Membership, Membership.space_id == Space.id)
    return db.session.scalars(query.where(Membership.person_id == person_id).order_by(Space.name)).all()


def switch_space(token: str, person_id: str, space_id: str) -> None:
    """Move a session to another space of its person. Raises `NotFound` if they do not belong to it."""
    with transaction() as session:
        if session.get(Membership, (person_id, space_id)) is None:
            raise NotFound
        session.execute(
            update(LoginSession).where(LoginSession.id == digest_of(token)).values(space_id=space_id)
        )
        note(session, space_id, SPACE_SWITCHED, Subject(A_PERSON, person_id))


def log_out(token: str) -> None:
    """End a session on the server: a copy of its cookie is worth nothing from now on."""
    with transaction() as session:
        login = session.get(LoginSession, digest_of(token), populate_existing=True)
        if login is not None and login.ended_at is None:
            login.ended_at = utc_now()
            _note_everywhere(session, login.person_id, LOGGED_OUT)


def change_password(person_id: str, old: str, new: str, token: str) -> None:
    """Set a new password and end all of the person's sessions.

    `token`: of the session it is changed in. Raises `Invalid`, and `TooManyFailures` as the log-in does: a session
    left open is no way to guess, and a stranger's guesses elsewhere are no hindrance.
    """
    person = db.session.get_one(Person, person_id)
    hashed = hash_password(new, [person.email, person.name])
    origin = Origin(ip="", device=digest_of(token))
    failure_id = count_try(person.email, origin)
    if not password_matches(old, person.password_hash):
        _note_failed(person.id, person.email, origin.ip, failure_id)
        raise Invalid([FieldError("old", _("This is not your present password."))])
    with transaction() as session:
        forgive(session, person.email, origin, failure_id)
        session.execute(update(Person).where(Person.id == person_id).values(password_hash=hashed))
        session.execute(
            update(LoginSession)
            .where(LoginSession.person_id == person_id, LoginSession.ended_at.is_(None))
            .values(ended_at=utc_now())
        )
        changed = [detail("password", MASK, MASK, secret=True)]
        _note_everywhere(session, person_id, PASSWORD_CHANGED, changed)


def _new_session(person: Person, origin: Origin, user_agent: str, failure_id: str) -> str | None:
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        space_id = session.scalar(
            select(Membership.space_id)
            .where(Membership.person_id == person.id)
            .order_by(Membership.space_id)
            .limit(1)
        )
        if space_id is None:
            return None
        forgive(session, person.email, origin, failure_id)
        _forget_old(session)
        session.add(
            LoginSession(
                id=digest_of(token),
                person_id=person.id,
                space_id=space_id,
                expires_at=utc_now() + SESSION_FOR,
                ip=_plain(origin.ip)[:64],
                user_agent=_plain(user_agent)[:300],
            )
        )
        _note_everywhere(session, person.id, LOGGED_IN, by=Actor(PERSON, person.email, person.id, origin.ip))
    return token


def _note_role(
    session: Session, space_id: str, action: str, person: Person, before: Role | None, after: Role
) -> None:
    details = [
        detail("person.email", None, person.email),
        detail("person.role", before.name if before else None, after.name),
    ]
    note(session, space_id, action, Subject(A_PERSON, person.id), details)


def _note_failed(person_id: str | None, email: str, ip: str, failure_id: str) -> None:
    """A wrong password is kept in the spaces of the person whose it would be; of nobody, in none.

    Both write once and commit, so that the time it takes tells nobody whether there is such a person.
    """
    with transaction() as session:
        session.execute(update(LoginFailure).where(LoginFailure.id == failure_id).values(email=email))
        _note_everywhere(session, person_id or "", LOGIN_FAILED, by=Actor(UNKNOWN, email, None, ip))


def _note_everywhere(
    session: Session, person_id: str, action: str, details: Details | None = None, by: Actor | None = None
) -> None:
    """Keep what somebody did with their account in each of their spaces."""
    spaces = session.scalars(select(Membership.space_id).where(Membership.person_id == person_id)).all()
    for space_id in spaces:
        note(session, space_id, action, Subject(A_PERSON, person_id), details, by=by)


def _plain(text: str) -> str:
    """Text without NUL, which PostgreSQL refuses."""
    return text.replace("\0", "")


def _forget_old(session: Session) -> None:
    """Remove sessions that count for nothing any more."""
    now = utc_now()
    over = or_(LoginSession.expires_at < now, LoginSession.ended_at < now - SESSION_FOR)
    session.execute(delete(LoginSession).where(over))
