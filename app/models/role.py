"""Role and permissions: what a person may do in a space (product.md E1)."""

from __future__ import annotations

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Id, PrimaryId

VIEW_WEBHOOKS = "webhooks.view"
RESEND = "webhooks.resend"
MANAGE_WEBHOOKS = "webhooks.manage"
VIEW_OAUTH_CREDENTIALS = "sign_ins.view"
MANAGE_OAUTH_CREDENTIALS = "sign_ins.manage"
MANAGE_API_KEYS = "api_keys.manage"
MANAGE_PEOPLE = "people.manage"

PERMISSIONS: tuple[str, ...] = (
    *(VIEW_WEBHOOKS, RESEND, MANAGE_WEBHOOKS, VIEW_OAUTH_CREDENTIALS, MANAGE_OAUTH_CREDENTIALS),
    *(MANAGE_API_KEYS, MANAGE_PEOPLE),
)

# The roles every space starts with. An owner may do everything, also what is added later.
BUILT_IN: dict[str, tuple[str, tuple[str, ...]]] = {
    "owner": ("Owner", PERMISSIONS),
    "admin": ("Admin", PERMISSIONS),
    "support": ("Support", (VIEW_WEBHOOKS, RESEND)),
    "member": ("Member", ()),
}


class Role(Base):
    """A named set of permissions in one space."""

    __tablename__ = "role"
    __table_args__ = (UniqueConstraint("space_id", "key"),)

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("rol"))
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id"))
    key: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(100))
    permissions: Mapped[list[str]] = mapped_column(JSON)

    def allows(self, permission: str) -> bool:
        """True if this role carries the permission; the owner's carries all."""
        return self.key == "owner" or permission in self.permissions
