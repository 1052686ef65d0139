"""Role: a named set of permissions in one space (product.md E1). `permission` lists what there is."""

from __future__ import annotations

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Id, PrimaryId
from app.models.permission import (
    ALL,
    MANAGE_API_KEYS,
    MANAGE_OAUTH,
    MANAGE_PEOPLE,
    MANAGE_WEBHOOKS,
    RESEND,
    VIEW_OAUTH,
    VIEW_WEBHOOKS,
    current_name,
    with_implied,
)

VIEW_OAUTH_CREDENTIALS, MANAGE_OAUTH_CREDENTIALS = VIEW_OAUTH, MANAGE_OAUTH
PERMISSIONS = ALL

__all__ = [
    "BUILT_IN",
    "MANAGE_API_KEYS",
    "MANAGE_PEOPLE",
    "MANAGE_OAUTH_CREDENTIALS",
    "MANAGE_WEBHOOKS",
    "PERMISSIONS",
    "RESEND",
    "VIEW_OAUTH_CREDENTIALS",
    "VIEW_WEBHOOKS",
    "Role",
]

OWNER, ADMIN = "owner", "admin"
# They may do everything, also what is added later: computed, so nothing is stored for them.
UNLIMITED = (OWNER, ADMIN)

# The roles every space starts with, and what is stored for them.
BUILT_IN: dict[str, tuple[str, tuple[str, ...]]] = {
    OWNER: ("Owner", ()),
    ADMIN: ("Admin", ()),
    "support": ("Support", (VIEW_WEBHOOKS, RESEND)),
    "member": ("Member", ()),
}


class Role(Base):
    """A named set of permissions in one space. `permissions` are the stored names: ask `held` instead."""

    __tablename__ = "role"
    __table_args__ = (UniqueConstraint("space_id", "key"),)

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("rol"))
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id"))
    key: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(100))
    permissions: Mapped[list[str]] = mapped_column(JSON)

    @property
    def held(self) -> list[str]:
        """Every permission that it carries, with those that others bring along."""
        return list(ALL) if self.key in UNLIMITED else with_implied(self.permissions)

    def allows(self, permission: str) -> bool:
        """True if this role carries the permission. Raises ValueError if there is none of this name."""
        return current_name(permission) in self.held
