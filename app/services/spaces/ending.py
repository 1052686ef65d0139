"""The end of a space: archived, deleted with 30 days to undo; and the end of somebody's membership.

An archived space keeps everything and changes nothing: no key of it publishes, no page of it saves, its portal links
are over. What it had accepted is still sent. `maintenance.deleted_spaces` removes a deleted one for good.
"""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.audit.actions import ARCHIVED, DELETED, LEFT, RESTORED
from app.audit.differences import detail
from app.audit.subject import PERSON, SPACE, Subject
from app.core.errors import Conflict, FieldError, Invalid, NotFound
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import LoginSession, Membership, Role, Space
from app.models.role import OWNER
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


def leave(space_id: str, person_id: str) -> None:
    """End somebody's own membership; their sessions go on in another space of theirs, or end.

    Raises `Conflict` for the last owner, `NotFound`.
    """
    with transaction() as session:
        space = locked(session, space_id)  # two owners who leave at once come one after the other
        membership = session.get(Membership, (person_id, space_id), populate_existing=True)
        if membership is None:
            raise NotFound
        if membership.role.key == OWNER and _owners(session, space_id) == 1:
            said = _(
                "You are the last owner of %(space)s. Make somebody else an owner first.", space=space.name
            )
            raise Conflict("last_owner", said)
        email = [detail("person.email", membership.person.email, None)]
        note(session, space_id, LEFT, Subject(PERSON, person_id), email)
        session.execute(
            delete_rows(Membership).where(Membership.person_id == person_id, Membership.space_id == space_id)
        )
        _move_sessions(session, space_id, person_id)


def _close(session: Session, space: Space) -> None:
    space.archived_at = space.archived_at or utc_now()
    forget_keys_of(session, space.id)
    end_links(session, space.id)


def _owners(session: Session, space_id: str) -> int:
    query = select(func.count()).select_from(Membership).join(Role, Role.id == Membership.role_id)
    return session.scalar(query.where(Membership.space_id == space_id, Role.key == OWNER)) or 0


def _move_sessions(session: Session, space_id: str, person_id: str) -> None:
    other = session.scalar(
        select(Membership.space_id)
        .where(Membership.person_id == person_id, Membership.space_id != space_id)
        .order_by(Membership.space_id)
        .limit(1)
    )
    here = update(LoginSession).where(LoginSession.person_id == person_id, LoginSession.space_id == space_id)
    session.execute(here.values(space_id=other) if other else here.values(ended_at=utc_now()))
