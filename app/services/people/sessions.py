"""Where somebody is logged in, and how to end that."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit.actions import SESSION_ENDED
from app.audit.differences import detail
from app.core.digests import digest_of
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import LoginSession
from app.services.people.noting import note_everywhere

MOST_SHOWN = 100


def sessions_of(person_id: str) -> Sequence[LoginSession]:
    """The log-ins that are open, the one that was used last first."""
    is_open = (LoginSession.ended_at.is_(None)) & (LoginSession.expires_at > utc_now())
    return db.session.scalars(
        select(LoginSession)
        .where(LoginSession.person_id == person_id, is_open, LoginSession.awaits_code.is_(False))
        .order_by(LoginSession.last_seen_at.desc(), LoginSession.created_at.desc())
        .limit(MOST_SHOWN)
    ).all()


def end_session(person_id: str, session_id: str) -> None:
    """End one of a person's log-ins, at once. Raises `NotFound`."""
    with transaction() as session:
        login = session.get(LoginSession, session_id, populate_existing=True)
        if login is None or login.person_id != person_id:
            raise NotFound
        if login.ended_at is None:
            login.ended_at = utc_now()
            note_everywhere(session, person_id, SESSION_ENDED, [detail("session.from", login.ip, None)])


def end_other_sessions(person_id: str, token: str) -> int:
    """End all of a person's log-ins but the one with this token; how many there were."""
    with transaction() as session:
        ended = end_all(session, person_id, but=digest_of(token))
        if ended:
            note_everywhere(session, person_id, SESSION_ENDED, [detail("session.others", ended, 0)])
        return ended


def end_all(session: Session, person_id: str, but: str = "") -> int:
    """End all of a person's log-ins within the caller's transaction. `but`: the id of one that goes on."""
    result = session.execute(
        update(LoginSession)
        .where(LoginSession.person_id == person_id, LoginSession.ended_at.is_(None), LoginSession.id != but)
        .values(ended_at=utc_now())
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
