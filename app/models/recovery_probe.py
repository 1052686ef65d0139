"""Recovery probe: when a webhook that we turned off is pinged next, to see whether it works again (B5)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.orm import Base, Identifier, UtcDateTime, UtcDateTimeColumn

# Minutes between one ping and the next; the last goes on for ever.
GAPS_MIN = (1, 2, 5, 10, 20, 30, 60)


class RecoveryProbe(Base):
    """One for each webhook that we turned off for its failures. `due_at`: the next ping.

    `recovered_at`: when it last came back by itself. One that soon fails again goes on with the gaps
    where it was, so that it does not flap.
    """

    __tablename__ = "recovery_probe"
    __table_args__ = (Index("ix_recovery_probe_due_at", "due_at"),)

    STEADY_AFTER = timedelta(days=1)

    webhook_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    due_at: Mapped[UtcDateTimeColumn]
    pings: Mapped[int] = mapped_column(default=0)
    recovered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def begin(self, now: datetime) -> None:
        """It was turned off: the first ping comes soon, unless it came back only lately."""
        if self.recovered_at is None or now - self.recovered_at > self.STEADY_AFTER:
            self.pings = 0
        self.due_at = now + gap_after(self.pings)


def gap_after(pings: int) -> timedelta:
    """How long to wait for the next ping after that many."""
    return timedelta(minutes=GAPS_MIN[min(pings, len(GAPS_MIN) - 1)])
