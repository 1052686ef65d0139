"""In whose name a key makes an incoming webhook, and who may see an address."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.errors import Conflict
from app.core.extensions import db
from app.models import ApiKey, IncomingWebhook, Membership, Role
from app.models.permission import ALL
from app.services.incoming.crud import Maker
from app.services.incoming.rights import may_see_address


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at an incoming webhook. person_id: None for a key that no person made."""

    person_id: str | None
    permissions: frozenset[str]

    def may_see(self, webhook: IncomingWebhook) -> bool:
        """True if the address gives them nothing that they may not do already."""
        return may_see_address(webhook, self.person_id, self.permissions)


def maker_of_key(key_id: str | None) -> Maker:
    """The person who made the key; else the key itself (it was made on the command line).

    Raises `Conflict` for a key of the instance, which is nobody in the space.
    """
    if key_id and key_id.startswith("iky_"):
        said = _("An incoming webhook acts as somebody in the space. Create it with a key of the space.")
        raise Conflict("key_of_the_space", said)
    key = db.session.get(ApiKey, key_id) if key_id else None
    if key is not None and key.created_by is not None:
        return Maker(key.created_by)
    return Maker(None, key.id if key is not None else None)


def viewer_of_key(key_id: str | None) -> Viewer:
    """A key sees what the person who made it may see at this moment; one of the command line sees all."""
    key = db.session.get(ApiKey, key_id) if key_id else None
    if key is None or key.created_by is None:
        return Viewer(None, frozenset(ALL))
    role = db.session.scalar(
        select(Role)
        .join(Membership, Membership.role_id == Role.id)
        .where(Membership.person_id == key.created_by, Membership.space_id == key.space_id)
    )
    return Viewer(key.created_by, frozenset(role.held) if role is not None else frozenset())
