"""Forgotten passwords: a link by mail, which works once, for an hour.

Nobody learns here whether there is an account: the words are the same, and so is the work until the answer.
"""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.audit.actions import PASSWORD_RESET, RESET_ASKED
from app.audit.differences import MASK, detail
from app.core.actor import PERSON, UNKNOWN, Actor
from app.core.digests import digest_of
from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import LoginFailure, Membership, PasswordReset, Person
from app.models.password_reset import RESET_FOR
from app.services.alerts import mail
from app.services.log_in_limits import Origin, count_try, network_of
from app.services.passwords import hash_password
from app.services.people import links
from app.services.people.accounts import typed_email
from app.services.people.letters import reset_letter, tell_password_changed
from app.services.people.noting import note_everywhere
from app.services.people.sessions import end_all

# Letters to one person that may be under way at once: a stranger cannot fill their mailbox.
MOST_AT_ONCE = 3
# How long a link that is over can still say why.
KEPT_FOR = timedelta(days=30)


def mail_is_set_up() -> bool:
    """False: nobody can be written to, so the page says whom to ask."""
    return mail.server() is not None


def ask_reset(email: str, ip: str) -> None:
    """Write to this address if it is somebody's. Raises `TooManyFailures` for a network that asks and asks."""
    email = typed_email(email)
    asked_id = count_try(f"reset:{email}"[:254], Origin(f"reset:{network_of(ip)}"))
    with transaction() as session:
        # Both ways write once and commit, so that the time it takes tells nobody whether there is such a person.
        session.execute(update(LoginFailure).where(LoginFailure.id == asked_id).values(at=utc_now()))
        found = session.execute(
            select(Person, func.min(Membership.space_id))
            .join(Membership, Membership.person_id == Person.id)
            .where(Person.email == email)
            .group_by(Person.id)
        ).first()
        if found is not None and _open_resets(session, found[0].id) < MOST_AT_ONCE:
            _write(session, *found, ip)


def reset_link(email: str) -> str | None:
    """A link to hand over, for whoever runs Hookdesk (command line); None: there is no such person."""
    with transaction() as session:
        person = session.scalar(select(Person).where(Person.email == typed_email(email)))
        return _new_link(session, person)[0] if person else None


def reset_of(token: str) -> PasswordReset:
    """What a link stands for. Raises `LinkOver`."""
    return _usable(
        db.session().scalar(select(PasswordReset).where(PasswordReset.token_hash == digest_of(token)))
    )


def reset_password(token: str, password: str, ip: str) -> None:
    """Set the password and end every session of this person. Raises `LinkOver` and `Invalid`."""
    person = db.session().get_one(Person, reset_of(token).person_id)
    hashed = hash_password(password, [person.email, person.name])
    with transaction() as session:
        reset = _locked(session, token)
        now = utc_now()
        session.execute(
            update(PasswordReset)
            .where(PasswordReset.person_id == reset.person_id, PasswordReset.used_at.is_(None))
            .values(used_at=now)
        )
        person = session.get_one(Person, reset.person_id, populate_existing=True)
        person.password_hash = hashed
        end_all(session, person.id)
        by = Actor(PERSON, person.email, person.id, ip)
        note_everywhere(
            session, person.id, PASSWORD_RESET, [detail("password", MASK, MASK, secret=True)], by=by
        )
        tell_password_changed(session, person)


def _write(session: Session, person: Person, space_id: str, ip: str) -> None:
    if mail.server() is None:
        return
    link, reset = _new_link(session, person)
    mail.write(session, space_id, person.email, *reset_letter(link, reset.expires_at), sealed=True)
    note_everywhere(session, person.id, RESET_ASKED, by=Actor(UNKNOWN, person.email, None, ip))


def _new_link(session: Session, person: Person) -> tuple[str, PasswordReset]:
    token = links.new_token()
    old = (PasswordReset.person_id == person.id) & (PasswordReset.expires_at < utc_now() - KEPT_FOR)
    session.execute(delete(PasswordReset).where(old))
    reset = PasswordReset(person_id=person.id, token_hash=digest_of(token), expires_at=utc_now() + RESET_FOR)
    session.add(reset)
    return links.address(f"/new-password/{token}"), reset


def _open_resets(session: Session, person_id: str) -> int:
    query = select(func.count()).select_from(PasswordReset)
    is_open = (PasswordReset.used_at.is_(None)) & (PasswordReset.expires_at > utc_now())
    return session.scalar(query.where(PasswordReset.person_id == person_id, is_open)) or 0


def _locked(session: Session, token: str) -> PasswordReset:
    """The link, which nobody else uses meanwhile."""
    return _usable(
        session.scalar(
            select(PasswordReset)
            .where(PasswordReset.token_hash == digest_of(token))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def _usable(reset: PasswordReset | None) -> PasswordReset:
    if reset is None:
        raise links.no_such_link()
    if reset.used_at is not None:
        raise links.LinkOver(
            links.USED, _("This link was used already. Log in, or ask for another one below.")
        )
    if not reset.usable(utc_now()):
        raise links.LinkOver(links.EXPIRED, _("This link has expired. Ask for another one below."))
    return reset
