"""Change of an e-mail address: the present password, then a link in each of the two mailboxes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.orm import Session

from app.audit.actions import EMAIL_CHANGE_ASKED, EMAIL_CHANGE_CANCELLED, EMAIL_CHANGED, EMAIL_CONFIRMED
from app.audit.differences import detail
from app.core.actor import PERSON, Actor
from app.core.digests import digest_of
from app.core.errors import Conflict, FieldError, Invalid
from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import EmailChange, Membership, Person
from app.models.email_change import CONFIRM_WITHIN
from app.services.alerts import mail
from app.services.people import links
from app.services.people.accounts import check_password
from app.services.people.letters import new_address_letter, old_address_letter
from app.services.people.noting import note_everywhere
from app.services.people.words import checked_email

# How long a link that is over can still say why.
KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class EmailConfirmation:
    """A link of a change: which of the two addresses it was sent to, and whether that was confirmed before."""

    change: EmailChange
    is_new: bool

    @property
    def done(self) -> bool:
        """True if this address confirmed it already."""
        return (self.change.new_confirmed_at if self.is_new else self.change.old_confirmed_at) is not None


def ask_change(person_id: str, new_email: str, password: str, token: str) -> EmailChange:
    """Write to both addresses. `token`: of the session it is asked in.

    Raises `Invalid`, `TooManyFailures`, and `Conflict` where no mail server is set. Whether somebody else has
    the new address is not told: only its mailbox gets to know more.
    """
    if mail.server() is None:
        raise Conflict("no_mail_server", _("This Hookdesk sends no mail, so addresses cannot be confirmed."))
    new_email = checked_email(new_email, "new_email")
    check_password(person_id, password, token)
    with transaction() as session:
        person = session.get_one(Person, person_id, populate_existing=True)
        if person.email == new_email:
            raise Invalid([FieldError("new_email", _("This is your address already."))])
        _close_open(session, person_id)
        old = (EmailChange.person_id == person_id) & (EmailChange.expires_at < utc_now() - KEPT_FOR)
        session.execute(delete(EmailChange).where(old))
        old_token, new_token = links.new_token(), links.new_token()
        change = EmailChange(
            person_id=person_id,
            old_email=person.email,
            new_email=new_email,
            old_token_hash=digest_of(old_token),
            new_token_hash=digest_of(new_token),
            expires_at=utc_now() + CONFIRM_WITHIN,
        )
        session.add(change)
        _write(session, change, old_token, new_token)
        note_everywhere(
            session, person_id, EMAIL_CHANGE_ASKED, [detail("person.email", person.email, new_email)]
        )
        return change


def open_change(person_id: str) -> EmailChange | None:
    """The change that somebody asked for and that is not confirmed by both yet."""
    return db.session().scalar(
        select(EmailChange)
        .where(
            EmailChange.person_id == person_id,
            EmailChange.closed_at.is_(None),
            EmailChange.expires_at > utc_now(),
        )
        .order_by(EmailChange.id.desc())
        .limit(1)
    )


def cancel_change(person_id: str) -> None:
    """Both links do nothing from now on."""
    with transaction() as session:
        if _close_open(session, person_id):
            note_everywhere(session, person_id, EMAIL_CHANGE_CANCELLED)


def confirmation_of(token: str) -> EmailConfirmation:
    """What a link confirms. Raises `LinkOver`."""
    return _usable(db.session().scalar(_by(digest_of(token))), token)


def confirm(token: str, ip: str) -> bool:
    """Confirm one of the two addresses; True if that was the second, and the address is changed now.

    Raises `LinkOver`, and `Conflict` if the new address became somebody else's account.
    """
    with transaction() as session:
        query = _by(digest_of(token)).with_for_update().execution_options(populate_existing=True)
        link = _usable(session.scalar(query), token)
        change = link.change
        if link.is_new:
            change.new_confirmed_at = change.new_confirmed_at or utc_now()
        else:
            change.old_confirmed_at = change.old_confirmed_at or utc_now()
        person = session.get_one(Person, change.person_id, populate_existing=True)
        by = Actor(PERSON, person.email, person.id, ip)
        confirmed = change.new_email if link.is_new else change.old_email
        note_everywhere(
            session, person.id, EMAIL_CONFIRMED, [detail("person.confirmed", None, confirmed)], by=by
        )
        if change.old_confirmed_at is None or change.new_confirmed_at is None:
            return False
        _change(session, change, person, by)
        return True


def _change(session: Session, change: EmailChange, person: Person, by: Actor) -> None:
    if session.scalar(select(Person.id).where(Person.email == change.new_email)) is not None:
        raise Conflict("email_taken", _("%(email)s has an account of its own.", email=change.new_email))
    change.closed_at = utc_now()
    details = [detail("person.email", person.email, change.new_email)]
    person.email, person.email_proven = change.new_email, True
    note_everywhere(session, person.id, EMAIL_CHANGED, details, by=by)


def _write(session: Session, change: EmailChange, old_token: str, new_token: str) -> None:
    space_id = session.scalar(
        select(func.min(Membership.space_id)).where(Membership.person_id == change.person_id)
    )
    until = change.expires_at
    old_link, new_link = (links.address(f"/confirm-email/{one}") for one in (old_token, new_token))
    letters = [
        (change.old_email, old_address_letter(change.new_email, old_link, until)),
        (change.new_email, new_address_letter(change.old_email, new_link, until)),
    ]
    for recipient, letter in letters:
        mail.write(session, str(space_id), recipient, *letter, sealed=True)


def _by(hashed: str) -> Select[EmailChange]:
    return select(EmailChange).where(
        or_(EmailChange.old_token_hash == hashed, EmailChange.new_token_hash == hashed)
    )


def _close_open(session: Session, person_id: str) -> int:
    result = session.execute(
        update(EmailChange)
        .where(EmailChange.person_id == person_id, EmailChange.closed_at.is_(None))
        .values(closed_at=utc_now())
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def _usable(change: EmailChange | None, token: str) -> EmailConfirmation:
    if change is None:
        raise links.no_such_link()
    if change.old_confirmed_at and change.new_confirmed_at and change.closed_at:
        raise links.LinkOver(links.USED, _("Both addresses confirmed this change already. Log in."))
    if not change.usable(utc_now()):
        raise links.LinkOver(
            links.EXPIRED, _("This change is over. Log in and ask for it again under “Your account”.")
        )
    return EmailConfirmation(change, change.new_token_hash == digest_of(token))
