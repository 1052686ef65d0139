"""The end of a space: archived, deleted with 30 days to undo.

An archived space keeps everything and changes nothing: no key of it publishes, no page of it saves, its portal links
are over. What it had accepted is still sent. `maintenance.deleted_spaces` removes a deleted one for good.
"""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.audit.actions import ARCHIVED, DELETED, RESTORED
from app.audit.subject import SPACE, Subject
from app.core.errors import FieldError, Invalid
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import Space
from app.services.api_keys import forget_keys_of
from app.services.auditing import note
from app.services.portal.ending import end_links
from app.services.spaces.settings import locked

DELETED_FOR_GOOD_AFTER = timedelta(days=30)


def archive(space_id: str) -> None:
    """Let nothing come in and nothing change any more. Raises `NotFound`."""
    with transaction() as session:
        space = locked(session, space_id)
        if space.archived_at is None:
            _close(session, space)
            note(session, space_id, ARCHIVED, Subject(SPACE, space_id))


def restore(space_id: str) -> None:
    """Undo archiving and deleting. Raises `NotFound`."""
    with transaction() as session:
        reopen(session, locked(session, space_id))


def reopen(session: Session, space: Space) -> None:
    """`restore` within the caller's transaction."""
    if space.archived_at is not None:
        space.archived_at = space.deleted_at = None
        forget_keys_of(session, space.id)
        note(session, space.id, RESTORED, Subject(SPACE, space.id))


def delete(space_id: str, typed_name: str) -> None:
    """Archive it, and have it removed for good in 30 days. Raises `Invalid` if another name was typed."""
    with transaction() as session:
        space = locked(session, space_id)
        if typed_name.strip() != space.name:
            raise Invalid([FieldError("name", _("Type “%(name)s” as it is written here.", name=space.name))])
        if space.deleted_at is None:
            _close(session, space)
            space.deleted_at = utc_now()
            note(session, space_id, DELETED, Subject(SPACE, space_id))


def _close(session: Session, space: Space) -> None:
    space.archived_at = space.archived_at or utc_now()
    forget_keys_of(session, space.id)
    end_links(session, space.id)
