"""LoginFailure: a log-in that did not work, kept as long as it is counted against guessing."""

from __future__ import annotations

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, PrimaryId, UtcDateTimeColumn
from app.core.times import utc_now


class LoginFailure(Base):
    """One wrong password, for one account, from one address."""

    __tablename__ = "login_failure"
    __table_args__ = (
        Index("ix_login_failure_email_at", "email", "at"),
        Index("ix_login_failure_ip_at", "ip", "at"),
    )

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("lgf"))
    email: Mapped[str] = mapped_column(String(254))
    ip: Mapped[str] = mapped_column(String(64))
    at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
