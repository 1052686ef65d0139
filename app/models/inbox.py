"""Inbox: the built-in test address, and what it received."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Id, PrimaryId, UtcDateTimeColumn
from app.core.times import utc_now

# An inbox is a place to look, not an archive: older messages make room.
KEPT_MESSAGES = 100


class Inbox(Base):
    """A test address of a space: `{BASE_URL}/inbox/{token}`. `answer` is the status it replies with."""

    __tablename__ = "inbox"

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("inb"))
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id"), unique=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    answer: Mapped[int] = mapped_column(default=200)
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)


class InboxMessage(Base):
    """One request that an inbox received."""

    __tablename__ = "inbox_message"
    __table_args__ = (Index("ix_inbox_message_inbox_id_id", "inbox_id", "id"),)

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("msg"))
    inbox_id: Mapped[Id] = mapped_column(ForeignKey("inbox.id"))
    received_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    method: Mapped[str] = mapped_column(String(10))
    path: Mapped[str] = mapped_column(Text)
    headers: Mapped[bytes] = mapped_column(LargeBinary)
    body: Mapped[bytes] = mapped_column(LargeBinary)
