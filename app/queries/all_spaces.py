"""All spaces of the instance, for a host product; and those of one person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from app.core.extensions import db
from app.models import Membership, Role, Space


class SpacesPage(NamedTuple):
    """One page; `next_id` is the last of it if more follow."""

    spaces: Sequence[Space]
    next_id: str | None


class MySpace(NamedTuple):
    """A space and what somebody is there."""

    space: Space
    role: Role


def page_of_spaces(after: str | None, limit: int) -> SpacesPage:
    """Spaces made after the one of this id, oldest first."""
    query = select(Space).order_by(Space.id).limit(limit + 1)
    found = db.session.scalars(query.where(Space.id > after) if after else query).all()
    return SpacesPage(found[:limit], found[limit - 1].id if len(found) > limit else None)


def spaces_and_roles(person_id: str) -> Sequence[MySpace]:
    """The spaces that a person belongs to, open ones first, by name."""
    query = (
        select(Space, Role)
        .join(Membership, Membership.space_id == Space.id)
        .join(Role, Role.id == Membership.role_id)
        .where(Membership.person_id == person_id)
        .order_by(Space.archived_at.is_not(None), Space.name, Space.id)
    )
    return [MySpace(space, role) for space, role in db.session.execute(query)]
