"""SnsSigningKey: what signs messages in the format `sns`. One an installation."""

from __future__ import annotations

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.orm import Base, UtcDateTimeColumn
from app.core.times import utc_now


class SnsSigningKey(Base):
    """An RSA key, encrypted (`app.core.encryption`), and its certificate in PEM, which everybody may read."""

    __tablename__ = "sns_signing_key"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    private_key: Mapped[str] = mapped_column(Text)
    certificate: Mapped[str] = mapped_column(Text)
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
