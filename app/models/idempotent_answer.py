"""IdempotentAnswer: what a call under an idempotency key was answered, so that the same call again gets the same."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.orm import Base, Identifier, UtcDateTimeColumn
from app.core.times import utc_now


class IdempotentAnswer(Base):
    """One call by its space, route (method and path) and key.

    `status` None: it is under way, or its process ended in the middle. `answer` is encrypted (`app.core.encryption`):
    answers to creating calls hold secrets that are shown once.
    """

    __tablename__ = "idempotent_answer"
    __table_args__ = (Index("ix_idempotent_answer_created_at", "created_at"),)

    space_id: Mapped[str] = mapped_column(Identifier, ForeignKey("space.id"), primary_key=True)
    route: Mapped[str] = mapped_column(String(300), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None]
    answer: Mapped[str | None] = mapped_column(Text)
    location: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
