"""The link by which a space shows its event types to receivers' developers, without log-in (F9)."""

from __future__ import annotations

from sqlalchemy import select

from app.audit.actions import DEVELOPER_LINK_ENDED, DEVELOPER_LINK_MADE
from app.audit.subject import SPACE, Subject
from app.catalogue.document import webhooks_document
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.transaction import transaction
from app.models import DeveloperPage, Space
from app.services.auditing import note
from app.services.event_types import catalogue_of

LONGEST_TOKEN = 40


def link_of(space_id: str) -> DeveloperPage | None:
    """The space's link, if it has one."""
    return db.session.get(DeveloperPage, space_id, populate_existing=True)


def make_link(space_id: str) -> DeveloperPage:
    """Make the space's link; the one there is stays as it is."""
    with transaction() as session:
        page = session.get(DeveloperPage, space_id)
        if page is None:
            page = DeveloperPage(space_id=space_id)
            session.add(page)
            session.flush()
            note(session, space_id, DEVELOPER_LINK_MADE, Subject(SPACE, space_id))
    return page


def end_link(space_id: str) -> None:
    """From now on nobody reads by the link; the next one will be another."""
    with transaction() as session:
        page = session.get(DeveloperPage, space_id)
        if page is not None:
            session.delete(page)
            note(session, space_id, DEVELOPER_LINK_ENDED, Subject(SPACE, space_id))


def space_behind(token: str) -> Space:
    """The space that made a link. Raises `NotFound`, also for one that was ended or whose space is deleted."""
    if not token.isascii() or len(token) > LONGEST_TOKEN:
        raise NotFound
    space = db.session.scalar(
        select(Space)
        .join(DeveloperPage, DeveloperPage.space_id == Space.id)
        .where(DeveloperPage.token == token, Space.deleted_at.is_(None))
    )
    if space is None:
        raise NotFound
    return space


def document_of(space_id: str) -> dict[str, object]:
    """The OpenAPI 3.1 document of the space's events."""
    space = db.session.get_one(Space, space_id)
    return webhooks_document(catalogue_of(space_id), f"Events of {space.name}")
