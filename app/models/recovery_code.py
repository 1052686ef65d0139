"""RecoveryCode: logs somebody in once in place of the code of their authenticator app."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.orm import Base, Id, UtcDateTime


class RecoveryCode(Base):
    """`code_hash`: the SHA-256 of a code of 80 random bits, too many to try them all."""

    __tablename__ = "recovery_code"

    person_id: Mapped[Id] = mapped_column(ForeignKey("person.id"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
