"""What somebody does with their account is kept in each of their spaces."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit.actions import LOGIN_FAILED
from app.audit.differences import Details
from app.audit.subject import PERSON, Subject
from app.core.actor import UNKNOWN, Actor
from app.core.transaction import transaction
from app.models import LoginFailure, Membership
from app.services.auditing import note


def note_everywhere(
    session: Session, person_id: str, action: str, details: Details | None = None, by: Actor | None = None
) -> None:
    """Keep it, within the caller's transaction. `by`: who, if not whoever acts now."""
    spaces = session.scalars(select(Membership.space_id).where(Membership.person_id == person_id)).all()
    for space_id in spaces:
        note(session, space_id, action, Subject(PERSON, person_id), details, by=by)


def note_failed(person_id: str | None, email: str, ip: str, failure_id: str) -> None:
    """A wrong password is kept in the spaces of the person whose it would be; of nobody, in none.

    Both write once and commit, so that the time it takes tells nobody whether there is such a person.
    """
    with transaction() as session:
        session.execute(update(LoginFailure).where(LoginFailure.id == failure_id).values(email=email))
        note_everywhere(session, person_id or "", LOGIN_FAILED, by=Actor(UNKNOWN, email, None, ip))
