"""InstanceKey: lets a host product use the API of all spaces, within scopes (api.md). Made on the command line only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, PrimaryId, UtcDateTime, UtcDateTimeColumn
from app.core.times import utc_now
from app.models.api_key import ADMINISTRATIVE, SCOPES

SPACES_WRITE, PORTAL_WRITE = "spaces:write", "portal:write"
# What only an instance key can carry, and then what a space's own key can.
OF_INSTANCE = (SPACES_WRITE, PORTAL_WRITE)
INSTANCE_SCOPES: tuple[str, ...] = (*OF_INSTANCE, *SCOPES)


class InstanceKey(Base):
    """A bearer key for all spaces. Only its SHA-256 is kept; the key itself is printed once."""

    __tablename__ = "instance_key"

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("iky"))
    name: Mapped[str] = mapped_column(String(200))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(16))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def allows(self, scope: str) -> bool:
        """True if it carries the scope; `administrative` carries all that a space's own key can carry."""
        return scope in self.scopes or (scope not in OF_INSTANCE and ADMINISTRATIVE in self.scopes)

    def usable(self, at: datetime) -> bool:
        """True unless it was revoked or its end has come."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)
