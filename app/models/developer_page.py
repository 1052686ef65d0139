"""Developer page: the link by which a space shows its event types to receivers' developers, without log-in (F9)."""

from __future__ import annotations

import secrets

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.orm import Base, Identifier, UtcDateTimeColumn
from app.core.times import utc_now


def new_token() -> str:
    """A name for a link that nobody guesses: 160 random bits."""
    return secrets.token_urlsafe(20)


class DeveloperPage(Base):
    """While the row is there, whoever knows the link may read. It shows event types and samples, no data.

    The token is kept as it is, because people come back to copy the link.
    """

    __tablename__ = "developer_page"

    space_id: Mapped[str] = mapped_column(Identifier, ForeignKey("space.id"), primary_key=True)
    token: Mapped[str] = mapped_column(String(40), unique=True, default=new_token)
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
