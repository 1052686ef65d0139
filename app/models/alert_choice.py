"""Alert choice: how a person wants to be told of one kind of thing; digest entry: what waits for their next digest."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Id, PrimaryId, UtcDateTimeColumn

AT_ONCE, DIGEST, NEVER = "at_once", "digest", "never"
WAYS = (AT_ONCE, DIGEST, NEVER)


class AlertChoice(Base):
    """What a person chose in a space for a kind of notice. Where there is no row, the kind's default holds."""

    __tablename__ = "alert_choice"

    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id"), primary_key=True)
    person_id: Mapped[Id] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(30), primary_key=True)
    way: Mapped[str] = mapped_column(String(10))


class DigestEntry(Base):
    """A notice that goes into a person's next digest, by the line that tells it. It goes when that is written."""

    __tablename__ = "digest_entry"
    __table_args__ = (
        Index("ix_digest_entry_due_at", "due_at", "space_id", "person_id"),
        Index("ix_digest_entry_notice_id", "notice_id"),
    )

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("dge"))
    space_id: Mapped[Id]
    person_id: Mapped[Id]
    notice_id: Mapped[Id]
    line: Mapped[str] = mapped_column(String(500))
    due_at: Mapped[UtcDateTimeColumn]
