"""Who came by a portal link, as the pages know somebody who logged in."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from flask_login import UserMixin, current_user

from app.core.actor import Actor
from app.models import PortalLink, Space
from app.models.permission import current_name
from app.services.portal.visits import PortalVisit, actor_of, visit_of


@dataclass(frozen=True, slots=True)
class VisitingPerson:
    """In place of a person of ours. `id`: of the link; `email`: what the host product calls them."""

    id: str
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class PortalRole:
    """In place of a role: the permissions of the link."""

    held: list[str]
    key: str = "portal"
    name: str = "Portal"

    def allows(self, permission: str) -> bool:
        """True if the link carries the permission."""
        return current_name(permission) in self.held


class PortalVisitor(UserMixin):
    """Somebody in one space, with the rights of a link."""

    is_portal = True

    def __init__(self, token: str, visit: PortalVisit) -> None:
        """`token`: what the cookie carries."""
        self.token = token
        self.link: PortalLink = visit.link
        self.space: Space = visit.space
        self.person = VisitingPerson(visit.link.id, visit.link.who, visit.link.person_name)
        self.role = PortalRole(visit.link.permissions)

    def get_id(self) -> str:
        """The token, as of somebody who logged in."""
        return self.token

    def actor(self) -> Actor:
        """Who acts."""
        return actor_of(self.link, request.remote_addr or "")


def load_portal_visitor(token: str, space_id: str) -> PortalVisitor | None:
    """Who has this session in this space; None if it has ended."""
    visit = visit_of(token, space_id)
    return PortalVisitor(token, visit) if visit else None


def portal_link() -> PortalLink | None:
    """The link by which the present visitor came; None of somebody who logged in, or nobody."""
    link: PortalLink | None = getattr(current_user, "link", None) if current_user else None
    return link
