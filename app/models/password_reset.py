"""PasswordReset: a link to set a new password, for somebody who forgot theirs. It works once, for an hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Id, PrimaryId, UtcDateTime, UtcDateTimeColumn
from app.core.times import utc_now

RESET_FOR = timedelta(hours=1)


class PasswordReset(Base):
    """`token_hash`: the SHA-256 of what the link carries."""

    __tablename__ = "password_reset"
    __table_args__ = (Index("ix_password_reset_person_id", "person_id"),)

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("rst"))
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    expires_at: Mapped[UtcDateTimeColumn]
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def usable(self, at: datetime) -> bool:
        """True if its link still sets a password."""
        return self.used_at is None and self.expires_at > at
