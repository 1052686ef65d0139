"""EmailChange: somebody asked for another e-mail address; both mailboxes have to confirm it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Id, PrimaryId, UtcDateTime, UtcDateTimeColumn
from app.core.times import utc_now

CONFIRM_WITHIN = timedelta(hours=24)


class EmailChange(Base):
    """Each address has a link of its own; of each link the SHA-256 is kept. The newest of a person counts."""

    __tablename__ = "email_change"
    __table_args__ = (Index("ix_email_change_person_id", "person_id"),)

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("emc"))
    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"))
    old_email: Mapped[str] = mapped_column(String(254))
    new_email: Mapped[str] = mapped_column(String(254))
    old_token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    new_token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    expires_at: Mapped[UtcDateTimeColumn]
    old_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    new_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def usable(self, at: datetime) -> bool:
        """True if it can still come about."""
        return self.closed_at is None and self.expires_at > at
