"""OwnService: the host application's own service behind a tool of incoming webhooks (D6)."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Id, PrimaryId, UtcDateTimeColumn
from app.core.times import utc_now

DEFAULT_TIMEOUT_S, LONGEST_TIMEOUT_S = 10, 30


class OwnService(Base):
    """Where the calls of one tool go in a space, instead of to the records here.

    `url` has no slash at its end; the path below an incoming address is put behind it. encrypted_secret signs
    what is passed on (`whsec_...`).
    """

    __tablename__ = "own_service"
    __table_args__ = (UniqueConstraint("space_id", "tool"),)

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("osv"))
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id"))
    tool: Mapped[str] = mapped_column(String(40))
    url: Mapped[str] = mapped_column(Text)
    encrypted_secret: Mapped[str] = mapped_column(Text)
    timeout_s: Mapped[int] = mapped_column(default=DEFAULT_TIMEOUT_S)
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    updated_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
