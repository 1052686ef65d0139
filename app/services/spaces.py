"""Spaces: make one, with the roles every space starts with."""

from __future__ import annotations

import difflib

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import CREATED
from app.audit.differences import detail
from app.audit.subject import SPACE, Subject
from app.core.errors import FieldError, Invalid, NotFound
from app.core.extensions import db
from app.core.transaction import transaction
from app.models import Role, Space
from app.models.role import BUILT_IN
from app.services.auditing import note

MAX_NAME = 200


def create_space(name: str) -> Space:
    """A new space. Raises `Invalid` if the name is empty, too long or taken."""
    with transaction() as session:
        return add_space(session, name)


def add_space(session: Session, name: str) -> Space:
    """`create_space` within the caller's transaction."""
    name = name.strip()
    if not name:
        raise Invalid([FieldError("name", _("Enter a name for the space."))])
    if len(name) > MAX_NAME:
        raise Invalid([FieldError("name", _("Use at most %(n)s characters.", n=MAX_NAME))])
    if not name.isprintable():
        raise Invalid([FieldError("name", _("Use printable characters only."))])
    if session.scalar(select(Space.id).where(Space.name == name)):
        raise Invalid([FieldError("name", _("There is a space named “%(name)s” already.", name=name))])
    space = Space(name=name)
    session.add(space)
    session.flush()
    session.add_all(
        Role(space_id=space.id, key=key, name=title, permissions=list(permissions))
        for key, (title, permissions) in BUILT_IN.items()
    )
    note(session, space.id, CREATED, Subject(SPACE, space.id), [detail("space.name", None, space.name)])
    session.flush()
    return space


def space_named(name: str) -> Space:
    """The space of this name. Raises `NotFound` with a sentence that gives the nearest names."""
    space = db.session.scalar(select(Space).where(Space.name == name))
    if space is None:
        names = db.session.scalars(select(Space.name).order_by(Space.name).limit(1000)).all()
        near = ", ".join(f"“{n}”" for n in difflib.get_close_matches(name, names, 3, 0.3))
        hint = _(" Did you mean %(near)s?", near=near) if near else ""
        raise NotFound(_("There is no space named “%(name)s”.", name=name) + hint)
    return space
