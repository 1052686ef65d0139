"""Spaces as a host product has them: by its own customer id (F6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import FieldError, Invalid, NotFound
from app.core.extensions import db
from app.core.transaction import transaction
from app.core.validation import check
from app.models import Space
from app.services.spaces.ending import reopen
from app.services.spaces.making import add_space
from app.services.spaces.schema import SpaceIn
from app.services.spaces.settings import locked, write

MAX_EXTERNAL_ID = 200
EXTERNAL = "ext:"


def put_space(external_id: str, said: Mapping[str, Any]) -> tuple[Space, bool]:
    """Make the space of this customer, or change it; an archived one comes back. True: it was made.

    Raises `Invalid`.
    """
    _refuse_unusable(external_id)
    values = check(SpaceIn, said).model_dump(exclude_none=True)
    try:
        return _put(external_id, values)
    except IntegrityError:  # another call made it between our look and our insert: look again
        return _put(external_id, values)


def find_space(space_id: str) -> Space:
    """The space of this id. Raises `NotFound`."""
    space = db.session.get(Space, space_id) if "\0" not in space_id else None
    if space is None:
        raise NotFound
    return space


def space_called(name: str) -> Space:
    """The space that the header Hookdesk-Space names: `spc_...` or `ext:` and the host's id. Raises `NotFound`."""
    if not name.startswith(EXTERNAL):
        return find_space(name)
    space = _by_external_id(db.session(), name.removeprefix(EXTERNAL))
    if space is None:
        raise NotFound
    return space


def _put(external_id: str, values: Mapping[str, Any]) -> tuple[Space, bool]:
    with transaction() as session:
        known = _by_external_id(session, external_id)
        space = locked(session, known.id) if known else add_space(session, values["name"], external_id)
        if known:
            reopen(session, space)
            write(session, space, values)
        else:
            _set(space, values)
        session.flush()
        session.refresh(space)
        session.expunge(space)
    return space, known is None


def _set(space: Space, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(space, name, value)


def _by_external_id(session: Session, external_id: str) -> Space | None:
    if "\0" in external_id:
        return None
    return session.scalar(select(Space).where(Space.external_id == external_id))


def _refuse_unusable(external_id: str) -> None:
    if not 0 < len(external_id) <= MAX_EXTERNAL_ID or not external_id.isprintable():
        said = _("Use 1 to %(n)s printable characters for your id of the space.", n=MAX_EXTERNAL_ID)
        raise Invalid([FieldError("external_id", said)])
