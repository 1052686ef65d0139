"""Confirmation: a link that a receiver follows to say that it wants the events (A14, S0)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Id, PrimaryId, UtcDateTime, UtcDateTimeColumn
from app.core.times import utc_now

# What a webhook asks of its receiver before it works.
PING, CONFIRMATION, NONE = "ping", "confirmation", "none"
VALID_FOR = timedelta(days=3)


class Confirmation(Base):
    """One link that was sent to an address. Only the newest of a webhook counts, once, for three days.

    `token_hash` is the SHA-256 of the token in the link, so a copy of the table confirms nothing.
    `status` and `reason` tell how the receiver answered the request that carried the link.
    """

    __tablename__ = "confirmation"
    __table_args__ = (Index("ix_confirmation_webhook_id_id", "webhook_id", "id"),)

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("cfm"))
    space_id: Mapped[Id]
    webhook_id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    url: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    expires_at: Mapped[UtcDateTimeColumn]
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    status: Mapped[int | None]
    reason: Mapped[str | None] = mapped_column(String(40))
