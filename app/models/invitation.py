"""Invitation: somebody may join a space in a role, by a link that works once."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.ids import new_id
from app.core.orm import Base, Id, PrimaryId, UtcDateTime, UtcDateTimeColumn
from app.core.times import utc_now
from app.models.role import Role
from app.models.space import Space

INVITATION_FOR = timedelta(days=7)
_IS_OPEN = text("closed_at is null")


class Invitation(Base):
    """One person's invitation to one space. Of those that are open there is one for each address and space.

    `token_hash`: the SHA-256 of what the link carries. `by_mail`: only the mailbox knows the link, so whoever
    opens it owns the address. `closed_at`: when it was accepted (`accepted_at`, too) or withdrawn.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        Index(
            "uq_invitation_open",
            "space_id",
            "email",
            unique=True,
            postgresql_where=_IS_OPEN,
            sqlite_where=_IS_OPEN,
        ),
        Index("ix_invitation_email", "email"),
    )

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("inv"))
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id"))
    email: Mapped[str] = mapped_column(String(254))
    role_id: Mapped[Id] = mapped_column(ForeignKey("role.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    by_mail: Mapped[bool]
    invited_by: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    expires_at: Mapped[UtcDateTimeColumn]
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    space: Mapped[Space] = relationship(lazy="joined")
    role: Mapped[Role] = relationship(lazy="joined")

    def usable(self, at: datetime) -> bool:
        """True if its link still lets somebody in. Nobody joins a space that is archived."""
        return self.closed_at is None and self.expires_at > at and self.space.archived_at is None
