"""Make a space, with the roles every space starts with, and find one by its name."""

from __future__ import annotations

import difflib

from flask_babel import gettext as _
from sqlalchemy import or_, select
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


def add_space(session: Session, name: str, external_id: str | None = None) -> Space:
    """`create_space` within the caller's transaction.

    `external_id`: what a host product calls it. Two of its customers may have the same name; what is made by hand is
    found by its name, so there no two may.
    """
    name = checked_name(name)
    if external_id is None and session.scalar(select(Space.id).where(Space.name == name).limit(1)):
        raise Invalid([FieldError("name", _("There is a space named “%(name)s” already.", name=name))])
    space = Space(name=name, external_id=external_id)
    session.add(space)
    session.flush()
    session.add_all(
        Role(space_id=space.id, key=key, name=title, permissions=list(permissions))
        for key, (title, permissions) in BUILT_IN.items()
    )
    note(session, space.id, CREATED, Subject(SPACE, space.id), [detail("space.name", None, space.name)])
    session.flush()
    return space


def checked_name(name: str) -> str:
    """A name as it is kept. Raises `Invalid` if it is empty, too long or not printable."""
    name = name.strip()
    if not name:
        raise Invalid([FieldError("name", _("Enter a name for the space."))])
    if len(name) > MAX_NAME:
        raise Invalid([FieldError("name", _("Use at most %(n)s characters.", n=MAX_NAME))])
    if not name.isprintable():
        raise Invalid([FieldError("name", _("Use printable characters only."))])
    return name


def space_named(name: str) -> Space:
    """The space of this name or id. Raises `NotFound` with a sentence that gives the nearest names.

    Also raises `NotFound` if several spaces of a host product have the name.
    """
    found = db.session.scalars(select(Space).where(or_(Space.name == name, Space.id == name)).limit(2)).all()
    if len(found) > 1:
        raise NotFound(_("Several spaces are named “%(name)s”. Give the id of the one you mean.", name=name))
    if not found:
        names = db.session.scalars(select(Space.name).order_by(Space.name).limit(1000)).all()
        near = ", ".join(f"“{n}”" for n in difflib.get_close_matches(name, names, 3, 0.3))
        hint = _(" Did you mean %(near)s?", near=near) if near else ""
        raise NotFound(_("There is no space named “%(name)s”.", name=name) + hint)
    return found[0]
