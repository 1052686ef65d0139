"""Portal links: made by a host product, for one space."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask import current_app
from flask_babel import gettext as _

from app.audit.actions import LINK_MADE
from app.audit.differences import detail
from app.audit.subject import PORTAL_LINK, Subject
from app.core.digests import digest_of
from app.core.errors import Conflict
from app.core.space_path import PORTAL, prefix_of
from app.core.times import utc_now
from app.core.transaction import transaction
from app.core.validation import check
from app.models import PortalLink, Space
from app.models.permission import with_implied
from app.services.auditing import note
from app.services.portal.schema import PortalLinkIn
from app.services.spaces.settings import locked


class Made(NamedTuple):
    """A new link. `url` is known here alone; `expires_at`: until when it can be opened."""

    url: str
    expires_at: datetime


def make_link(space_id: str, said: Mapping[str, Any]) -> Made:
    """A new link into a space. Raises `Invalid`, `NotFound`, and `Conflict` for an archived space."""
    wanted = check(PortalLinkIn, said)
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        refuse_archived(locked(session, space_id))
        link = _row(space_id, wanted, token)
        session.add(link)
        session.flush()
        told = [
            detail("portal_link.person", None, link.who or None),
            detail("portal_link.permissions", None, link.permissions),
        ]
        note(session, space_id, LINK_MADE, Subject(PORTAL_LINK, link.id), told)
        return Made(_address(space_id, token), link.expires_at)


def refuse_archived(space: Space) -> None:
    """Raise `Conflict` if nothing may be changed in this space."""
    if space.deleted_at is not None:
        raise Conflict("space_archived", _("The space “%(name)s” is being deleted.", name=space.name))
    if space.archived_at is not None:
        said = _("The space “%(name)s” is archived. Restore it first.", name=space.name)
        raise Conflict("space_archived", said)


def _row(space_id: str, wanted: PortalLinkIn, token: str) -> PortalLink:
    person, theme = wanted.person, wanted.theme
    return PortalLink(
        space_id=space_id,
        link_hash=digest_of(token),
        permissions=with_implied(wanted.permissions),
        person_external_id=person.external_id if person else None,
        person_name=person.name if person else "",
        language=wanted.language or "",
        theme=theme.model_dump(exclude_none=True) if theme else {},
        page=wanted.page,
        expires_at=utc_now() + timedelta(seconds=wanted.expires_in_s),
    )


def _address(space_id: str, token: str) -> str:
    return f"{current_app.config['SETTINGS'].base_url}{prefix_of(space_id, PORTAL)}/enter/{token}"
