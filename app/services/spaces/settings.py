"""What can be set of a space."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from app.audit.actions import EDITED
from app.audit.differences import detail
from app.audit.subject import SPACE, Subject
from app.core.errors import NotFound
from app.core.transaction import transaction
from app.core.validation import check
from app.models import Space
from app.services.auditing import note
from app.services.spaces.schema import SpaceSettings


def change_settings(space_id: str, typed: Mapping[str, Any]) -> None:
    """Change name, time zone, language and retention (days). Raises `Invalid`."""
    longest = current_app.config["SETTINGS"].retention_days
    wanted = check(SpaceSettings, typed, {"longest_days": longest})
    with transaction() as session:
        write(session, locked(session, space_id), wanted.model_dump())


def write(session: Session, space: Space, values: Mapping[str, Any]) -> None:
    """Write these columns and keep what changed, in the caller's transaction."""
    changed = [
        detail(f"space.{name}", getattr(space, name), value)
        for name, value in values.items()
        if getattr(space, name) != value
    ]
    for name, value in values.items():
        setattr(space, name, value)
    if changed:
        note(session, space.id, EDITED, Subject(SPACE, space.id), changed)


def locked(session: Session, space_id: str) -> Space:
    """The space's row as it is now, for a change. Raises `NotFound`."""
    space = session.get(Space, space_id, populate_existing=True, with_for_update=True)
    if space is None:
        raise NotFound
    return space
