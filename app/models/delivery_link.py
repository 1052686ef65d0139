"""DeliveryLink: a read-only page of one delivery for somebody without a log-in, until it ends (C11)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, select
from sqlalchemy.orm import Mapped, column_property, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Id, PrimaryId, UtcDateTime, UtcDateTimeColumn
from app.core.times import utc_now
from app.models.space import Space


class DeliveryLink(Base):
    """`token_hash` is the SHA-256 of the 256 random bits in the address, so a copy of the table opens nothing.

    `created_by`: the e-mail address of whoever made it, who can also give a new one. How often it was opened, and when
    last, is kept with it. Once its space is deleted it ends, and works again if that is undone.
    """

    __tablename__ = "delivery_link"
    __table_args__ = (Index("ix_delivery_link_delivery_id_id", "delivery_id", "id"),)

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("dll"))
    space_id: Mapped[Id] = mapped_column()
    delivery_id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_by: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    expires_at: Mapped[UtcDateTimeColumn]
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_count: Mapped[int] = mapped_column(default=0)
    last_opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    space_deleted_at: Mapped[datetime | None] = column_property(
        select(Space.deleted_at).where(Space.id == space_id).correlate_except(Space).scalar_subquery()
    )

    def is_open(self, at: datetime) -> bool:
        """True if it may be followed at this moment."""
        return self.revoked_at is None and self.space_deleted_at is None and at < self.expires_at
