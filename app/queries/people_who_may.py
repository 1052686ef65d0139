"""Whom to ask for what one's own role does not include."""

from __future__ import annotations

from sqlalchemy import select

from app.core.extensions import db
from app.models import Membership, Person, Role

MOST_NAMED = 3


def people_who_may(space_id: str, permission: str) -> list[str]:
    """E-mail addresses of a few people of the space whose role carries the permission, owners last."""
    rows = db.session.execute(
        select(Person.email, Role)
        .join(Membership, Membership.person_id == Person.id)
        .join(Role, Role.id == Membership.role_id)
        .where(Membership.space_id == space_id)
        .order_by(Person.email)
        .limit(500)
    )
    able = [(role.key == "owner", email) for email, role in rows if role.allows(permission)]
    return [email for _is_owner, email in sorted(able)[:MOST_NAMED]]
