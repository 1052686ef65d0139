"""The end of portal links and of the sessions that they opened: both count no more from the next call on."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit.actions import LINKS_ENDED, LOGGED_OUT
from app.audit.differences import detail
from app.audit.subject import PORTAL_LINK, Subject
from app.core.digests import digest_of
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import PortalLink
from app.services.auditing import note


def revoke_links(space_id: str, person_external_id: str | None = None) -> int:
    """End all of a space, or all of one of the host's persons there; how many were still good for something."""
    with transaction() as session:
        return end_links(session, space_id, person_external_id)


def end_links(session: Session, space_id: str, person_external_id: str | None = None) -> int:
    """`revoke_links` within the caller's transaction."""
    now = utc_now()
    going_on = (PortalLink.expires_at > now) | (PortalLink.session_expires_at > now)
    ending = update(PortalLink).where(
        PortalLink.space_id == space_id, PortalLink.ended_at.is_(None), going_on
    )
    if person_external_id is not None:
        ending = ending.where(PortalLink.person_external_id == person_external_id)
    ended: int = session.execute(ending.values(ended_at=now)).rowcount  # type: ignore[attr-defined]
    if ended:
        told = [detail("portal_link.ended", None, ended)]
        if person_external_id is not None:
            told.append(detail("portal_link.person", None, person_external_id))
        note(session, space_id, LINKS_ENDED, Subject(PORTAL_LINK, None), told)
    return ended


def end_visit(token: str) -> None:
    """End the session that has this token."""
    with transaction() as session:
        link = session.scalar(select(PortalLink).where(PortalLink.session_hash == digest_of(token)))
        if link is not None and link.ended_at is None:
            link.ended_at = utc_now()
            note(session, link.space_id, LOGGED_OUT, Subject(PORTAL_LINK, link.id))
