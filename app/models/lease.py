"""Lease: a worker is trying this delivery now, until then."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from app.core.orm import Base, Id, Identifier, UtcDateTimeColumn


class Lease(Base):
    """A claim on a delivery. A table of its own, because it holds only what is in flight.

    Claiming adds a row here instead of changing the delivery's, whose many indexes would all be written
    twice (measured on PostgreSQL: half of the cost of a delivery). Whoever moves a delivery or its lease
    holds the webhook's `lane` first.
    """

    __tablename__ = "lease"
    __table_args__ = {"sqlite_with_rowid": False}

    delivery_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    webhook_id: Mapped[Id]
    token: Mapped[Id]
    until: Mapped[UtcDateTimeColumn]
