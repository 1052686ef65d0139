"""Log in and out, and who is behind a session. Sessions end on the server."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from app.audit.actions import LOGGED_IN, LOGGED_OUT, LOGIN_FAILED, SPACE_SWITCHED
from app.audit.subject import PERSON as A_PERSON
from app.audit.subject import Subject
from app.core.actor import PERSON, UNKNOWN, Actor
from app.core.digests import digest_of
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import LoginSession, Membership, Person, Role, Space
from app.services.auditing import note
from app.services.log_in_limits import Origin, count_try, forgive, room_to_look, take_back
from app.services.passwords import password_matches
from app.services.people.accounts import typed_email
from app.services.people.noting import note_everywhere, note_failed
from app.services.people.two_step import code_counts
from app.services.people.words import plain

SESSION_FOR = timedelta(days=14)
# How long the page waits for the code of the second step.
CODE_WITHIN = timedelta(minutes=10)
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is logged in, in which of their spaces, with which role there."""

    person: Person
    space: Space
    role: Role


def log_in(email: str, password: str, ip: str, user_agent: str, device: str | None = None) -> str | None:
    """The token of a new session, or None if e-mail address and password do not belong together.

    The session opens nothing before `confirm_code` if the person logs in with two steps. `device`: the id of a
    browser that this person has logged in with before. Raises `TooManyFailures`. An unknown person costs the same
    time and is counted in the same way.
    """
    email, origin = typed_email(email), Origin(ip, device)
    with room_to_look(origin):
        failure_id = count_try(email, origin)
        person = db.session.scalar(select(Person).where(Person.email == email))
        db.session.commit()  # hashing takes a while: no transaction stays open
        if not password_matches(password, person.password_hash if person else None) or person is None:
            note_failed(person.id if person else None, email, ip, failure_id)
            return None
    with transaction() as session:
        token = open_session(session, person, origin, user_agent)
        if token is not None:
            # Mistakes are forgotten once all of the log-in is done: else the password would buy guesses at codes.
            settle = take_back if person.totp_since else forgive
            settle(session, email, origin, failure_id)
    return token


def open_session(session: Session, person: Person, origin: Origin, user_agent: str) -> str | None:
    """A new session, within the caller's transaction; None: this person belongs to no space."""
    space_id = _first_space(session, person.id)
    if space_id is None:
        return None
    awaits_code = person.totp_since is not None
    return _add_session(session, person, space_id, origin, user_agent, awaits_code)


def awaits_code(token: str) -> bool:
    """True if this session waits for the code of its second step."""
    return _waiting(db.session(), token) is not None


def confirm_code(token: str, typed: str, ip: str, device: str | None = None) -> str | None:
    """The token of the session that begins after the second step, in place of the one that waited for it.

    None if the code does not count. Raises `TooManyFailures`, and `NotFound` if nothing waits (any more).
    """
    login = _waiting(db.session(), token)
    if login is None:
        raise NotFound
    person_id, user_agent, origin = login.person_id, login.user_agent, Origin(ip, device)
    if not code_counts(person_id, typed, origin):
        _note_wrong_code(person_id, ip)
        return None
    with transaction() as session:
        waiting = _waiting(session, token)
        if waiting is None:
            raise NotFound
        waiting.ended_at = utc_now()
        person = session.get_one(Person, person_id)
        space_id = _first_space(session, person_id)
        return _add_session(session, person, space_id, origin, user_agent, False) if space_id else None


def session_of(token: str, space_id: str | None = None) -> Visit | None:
    """Who is behind a token, where, and what they may do there; None if the session has ended. One query.

    `space_id`: the space that the address names; None: the one that they were in last. Also None for a space that they
    do not belong to. Once a minute it is noted that they were here.
    """
    now = utc_now()
    where = Membership.space_id == (space_id or LoginSession.space_id)
    found = db.session.execute(
        select(Membership, LoginSession.last_seen_at)
        .join(
            LoginSession,
            (LoginSession.person_id == Membership.person_id) & where,
        )
        .where(
            LoginSession.id == digest_of(token),
            LoginSession.awaits_code.is_(False),
            LoginSession.ended_at.is_(None),
            LoginSession.expires_at > now,
        )
    ).first()
    if found is None:
        return None
    membership, seen_at = found
    visit = Visit(membership.person, membership.space, membership.role)
    for row in (membership, visit.person, visit.space, visit.role):
        db.session.expunge(row)  # a commit must not make them unread: they are asked for on every page
    if seen_at is None or now - seen_at >= SEEN_EVERY:
        _note_seen(token, membership, now)
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
            note_everywhere(session, login.person_id, LOGGED_OUT)


def _waiting(session: Session, token: str) -> LoginSession | None:
    return session.scalar(
        select(LoginSession).where(
            LoginSession.id == digest_of(token),
            LoginSession.awaits_code.is_(True),
            LoginSession.ended_at.is_(None),
            LoginSession.expires_at > utc_now(),
        )
    )


def _first_space(session: Session, person_id: str) -> str | None:
    mine = select(Membership.space_id).where(Membership.person_id == person_id)
    return session.scalar(mine.order_by(Membership.space_id).limit(1))


def _add_session(
    session: Session, person: Person, space_id: str, origin: Origin, user_agent: str, waits: bool
) -> str:
    token, now = secrets.token_urlsafe(32), utc_now()
    _forget_old(session)
    session.add(
        LoginSession(
            id=digest_of(token),
            person_id=person.id,
            space_id=space_id,
            expires_at=now + (CODE_WITHIN if waits else SESSION_FOR),
            ip=plain(origin.ip)[:64],
            user_agent=plain(user_agent)[:300],
            awaits_code=waits,
        )
    )
    if not waits:
        by = Actor(PERSON, person.email, person.id, origin.ip)
        note_everywhere(session, person.id, LOGGED_IN, by=by)
    return token


def _note_seen(token: str, membership: Membership, now: datetime) -> None:
    mine = (Membership.person_id == membership.person_id) & (Membership.space_id == membership.space_id)
    with transaction() as session:
        session.execute(
            update(LoginSession).where(LoginSession.id == digest_of(token)).values(last_seen_at=now)
        )
        session.execute(update(Membership).where(mine).values(last_seen_at=now))


def _note_wrong_code(person_id: str, ip: str) -> None:
    with transaction() as session:
        email = session.get_one(Person, person_id).email
        note_everywhere(session, person_id, LOGIN_FAILED, by=Actor(UNKNOWN, email, None, ip))


def _forget_old(session: Session) -> None:
    """Remove sessions that count for nothing any more."""
    now = utc_now()
    over = or_(LoginSession.expires_at < now, LoginSession.ended_at < now - SESSION_FOR)
    session.execute(delete(LoginSession).where(over))
