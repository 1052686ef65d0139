"""PortalLink: a host product's way for its customer into a space, without a password (F6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Id, PrimaryId, UtcDateTime, UtcDateTimeColumn
from app.core.times import utc_now


class PortalLink(Base):
    """A link that opens once, and the session that it opens.

    `link_hash`, `session_hash`: SHA-256 of what stands in the address and in the cookie, so a copy of the table opens
    nothing. `permissions`: names of the registry. `person_*`: whom the host product means. `theme`: as `PortalTheme`
    of the use case has it. `ended_at`: revoked, or ended by who used it.
    """

    __tablename__ = "portal_link"
    __table_args__ = (
        Index("ix_portal_link_space_id_id", "space_id", "id"),
        Index("ix_portal_link_session_hash", "session_hash", unique=True),
    )

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("plk"))
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id"))
    link_hash: Mapped[str] = mapped_column(String(64), unique=True)
    session_hash: Mapped[str | None] = mapped_column(String(64))
    permissions: Mapped[list[str]] = mapped_column(JSON)
    person_external_id: Mapped[str | None] = mapped_column(String(200))
    person_name: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(String(8), default="")
    theme: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    page: Mapped[str] = mapped_column(Text, default="/")
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    expires_at: Mapped[UtcDateTimeColumn]
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    session_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def who(self) -> str:
        """Whom the host product means, in words; empty if it did not say."""
        return self.person_name or self.person_external_id or ""

    def opens(self, at: datetime) -> bool:
        """True while the link can be opened."""
        return self.used_at is None and self.ended_at is None and self.expires_at > at

    def lasts(self, at: datetime) -> bool:
        """True while the session that it opened goes on."""
        return self.ended_at is None and self.session_expires_at is not None and self.session_expires_at > at
