"""What the letters about accounts say. A letter with a link that lets somebody in is sealed in the outbox."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Invitation, Membership, Person
from app.services.alerts import mail

Letter = tuple[str, str]


def invitation_letter(invitation: Invitation, link: str) -> Letter:
    """To somebody who may join a space."""
    return _("Join “%(space)s” on Hookdesk", space=invitation.space.name), _letter(
        _(
            "%(who)s invites you to the space “%(space)s” on Hookdesk, as %(role)s.",
            who=invitation.invited_by,
            space=invitation.space.name,
            role=invitation.role.name,
        ),
        _("Open this link to join: %(link)s", link=link),
        _("It works once, until %(time)s.", time=clock(invitation.expires_at)),
        _("If you do not know what this is about, do nothing."),
    )


def reset_letter(link: str, until: datetime) -> Letter:
    """To somebody who forgot their password."""
    return _("Set a new password for Hookdesk"), _letter(
        _("Somebody, probably you, asked for a new password for Hookdesk."),
        _("Open this link to set one: %(link)s", link=link),
        _("It works once, until %(time)s.", time=clock(until)),
        _("If it was not you, do nothing: your password stays as it is."),
    )


def old_address_letter(new_email: str, link: str, until: datetime) -> Letter:
    """To the address that somebody wants to leave."""
    return _("Confirm the change of your e-mail address"), _letter(
        _(
            "Your account on Hookdesk is to have the e-mail address %(email)s in place of this one.",
            email=new_email,
        ),
        _("Open this link to confirm it: %(link)s", link=link),
        _("The new address has to confirm it, too, both until %(time)s.", time=clock(until)),
        _("If it was not you, do nothing, log in and change your password: somebody knows it."),
    )


def new_address_letter(old_email: str, link: str, until: datetime) -> Letter:
    """To the address that somebody wants to have."""
    return _("Confirm your new e-mail address"), _letter(
        _("The account %(email)s on Hookdesk is to have this e-mail address.", email=old_email),
        _("Open this link to confirm it: %(link)s", link=link),
        _("The old address has to confirm it, too, both until %(time)s.", time=clock(until)),
        _("If you do not know what this is about, do nothing."),
    )


def password_changed_letter() -> Letter:
    """To somebody whose password is new."""
    return _("Your password for Hookdesk was changed"), _letter(
        _("Your password for Hookdesk was changed just now, and you were logged out everywhere."),
        _("If it was not you, set a new one: choose “Forgotten your password?” on the log-in page."),
    )


def tell_password_changed(session: Session, person: Person) -> None:
    """A letter, so that somebody whose password another has changed hears of it."""
    space_id = session.scalar(select(func.min(Membership.space_id)).where(Membership.person_id == person.id))
    if space_id is not None and mail.server() is not None:
        mail.write(session, space_id, person.email, *password_changed_letter())


def clock(moment: datetime) -> str:
    """The reader's zone is not known here, so it is UTC and says so."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _letter(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs) + "\n"
