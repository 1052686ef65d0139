"""Counts per webhook and hour, so that a page never counts rows.

Publishing and recording append to `tally` (no two transactions wait for one row); a periodic job
folds it into `webhook_hour`. What a page shows is the sum of both.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Identifier

# What is counted. The first five are about deliveries and may go down again (a failed one is resent);
# the last two are tries, for the bars.
COUNTED = ("triggered", "delivered", "failed", "cancelled", "held", "tries_ok", "tries_failed")
ALL_TIME = 0
HOUR_MS = 3_600_000


def hour_of(at: datetime) -> int:
    """The hour that a moment belongs to, in hours since 1970."""
    return int(at.timestamp() * 1000) // HOUR_MS


class WebhookHour(Base):
    """Counts of one webhook in one hour (hours since 1970), or for all time (`hour` 0)."""

    __tablename__ = "webhook_hour"

    webhook_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    triggered: Mapped[int] = mapped_column(BigInteger, default=0)
    delivered: Mapped[int] = mapped_column(BigInteger, default=0)
    failed: Mapped[int] = mapped_column(BigInteger, default=0)
    cancelled: Mapped[int] = mapped_column(BigInteger, default=0)
    held: Mapped[int] = mapped_column(BigInteger, default=0)
    tries_ok: Mapped[int] = mapped_column(BigInteger, default=0)
    tries_failed: Mapped[int] = mapped_column(BigInteger, default=0)


class Tally(Base):
    """A change of those counts that is not folded yet."""

    __tablename__ = "tally"
    __table_args__ = (Index("ix_tally_webhook_id", "webhook_id"),)

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    webhook_id: Mapped[Id]
    hour: Mapped[int]
    triggered: Mapped[int] = mapped_column(default=0)
    delivered: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    cancelled: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(default=0)
    tries_ok: Mapped[int] = mapped_column(default=0)
    tries_failed: Mapped[int] = mapped_column(default=0)
