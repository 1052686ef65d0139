"""Who came by a portal link: the link is opened once, and what it opened goes on for a working day."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit.actions import LINK_OPENED
from app.audit.subject import PORTAL_LINK, Subject
from app.core.actor import PORTAL, Actor
from app.core.digests import digest_of
from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import PortalLink, Space
from app.services.auditing import note

SESSION_FOR = timedelta(hours=12)


class PortalVisit(NamedTuple):
    """Who is there, and in which space; both rows are bound to no session."""

    link: PortalLink
    space: Space


class Opened(NamedTuple):
    """A session that a link opened: its token for the cookie, and the page to begin with."""

    token: str
    page: str


def open_link(space_id: str, token: str, address: str) -> Opened | None:
    """Open a link; None if it was opened before, has expired, was revoked, or never was. Of two at once one wins.

    `address`: the network address of whoever opens it.
    """
    now, session_token = utc_now(), secrets.token_urlsafe(32)
    with transaction() as session:
        opened = session.execute(
            update(PortalLink)
            .where(
                PortalLink.link_hash == digest_of(token),
                PortalLink.space_id == space_id,
                PortalLink.used_at.is_(None),
                PortalLink.ended_at.is_(None),
                PortalLink.expires_at > now,
            )
            .values(used_at=now, session_hash=digest_of(session_token), session_expires_at=now + SESSION_FOR)
            .returning(PortalLink.id)
        ).scalar()
        if opened is None:
            return None
        link = session.get_one(PortalLink, opened, populate_existing=True)
        note(session, space_id, LINK_OPENED, Subject(PORTAL_LINK, opened), by=actor_of(link, address))
        return Opened(session_token, link.page)


def visit_of(token: str, space_id: str) -> PortalVisit | None:
    """Who has this session in this space; None if it has ended. One query."""
    row = db.session.execute(
        select(PortalLink, Space)
        .join(Space, Space.id == PortalLink.space_id)
        .where(
            PortalLink.session_hash == digest_of(token),
            PortalLink.space_id == space_id,
            PortalLink.ended_at.is_(None),
            PortalLink.session_expires_at > utc_now(),
        )
    ).first()
    if row is None:
        return None
    for one in row:
        db.session.expunge(one)  # a commit must not make them unread: they are asked for on every page
    return PortalVisit(row[0], row[1])


def actor_going_on(session: Session, link_id: str) -> Actor | None:
    """Who came by this link, for work that goes on in the background; None once their session has ended."""
    link = session.get(PortalLink, link_id, populate_existing=True)
    if link is None or link.ended_at is not None:
        return None
    ends = link.session_expires_at
    return actor_of(link, "") if ends is not None and ends > utc_now() else None


def actor_of(link: PortalLink, address: str) -> Actor:
    """Who acts, for the audit log: the host's person by the host's id."""
    rights = frozenset(link.permissions)
    return Actor(PORTAL, link.who or "", link.person_external_id or link.id, address, rights)
