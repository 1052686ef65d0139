"""Recovery: events of one webhook that are sent again, the oldest first, in steps (C7). On screen: a resend job."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Id, Identifier, PrimaryId, UtcDateTime, UtcDateTimeColumn
from app.core.times import utc_now

# What may be sent again: failed for good, held because the webhook was not on, or never meant for it at the time.
FAILED, HELD, NEVER_SENT = "failed", "held", "never_sent"
WHICH = (FAILED, HELD, NEVER_SENT)

# Stopping: nothing more is sent, and what is under way right now is waited for. Paused: it stopped by itself.
RUNNING, STOPPING, STOPPED, PAUSED, FINISHED = "running", "stopping", "stopped", "paused", "finished"
UNDER_WAY = (RUNNING, STOPPING)

# Why it did not go on to its end.
BY_PERSON, BY_FAILURES, WEBHOOK_OFF, WEBHOOK_DELETED = "person", "failures", "webhook_off", "webhook_deleted"

MOST_FAILURES_IN_A_ROW = 20
# How many of its deliveries may wait to be sent: a new event waits behind no more than these.
FIRST_WINDOW, LARGEST_WINDOW = 50, 5000

_IS_UNDER_WAY = text("state in ('running', 'stopping')")
_IS_OPEN = text("not failed")


def is_incident(failed_of: str | None) -> bool:
    """True if the failures are those of an incident, not of a recovery."""
    return failed_of is not None and failed_of.startswith("inc_")


class Recovery(Base):
    """Which events, how far it has come, and what became of them. Carried out by the maintenance alone.

    The scope is one of: what `which` names between `since` and `until` (with `event_type` and `reason` as filters);
    the chosen `delivery_ids`; or what failed in the recovery or the incident `failed_of`. `most`: no more than these,
    "send 1 first".
    `place`: the part of an id that tells its time; everything up to it has been looked at. `window_size`: how many may
    wait at once, learnt from how quickly the receiver answers. `paced_until`: with `rate_per_s`, when the next may go.
    `total` counts what was there at the start, what was delivered since included; it follows what is found later.
    """

    __tablename__ = "recovery"
    __table_args__ = (
        Index("ix_recovery_space_id_id", "space_id", "id"),
        Index("ix_recovery_webhook_id_id", "webhook_id", "id"),
        Index("ix_recovery_under_way", "id", postgresql_where=_IS_UNDER_WAY, sqlite_where=_IS_UNDER_WAY),
    )

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("rcv"))
    space_id: Mapped[Id]
    webhook_id: Mapped[Id]
    state: Mapped[str] = mapped_column(String(10), default=RUNNING)
    stop_reason: Mapped[str | None] = mapped_column(String(20))
    which: Mapped[list[str]] = mapped_column(JSON, default=list)
    since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    event_type: Mapped[str | None] = mapped_column(String(100))
    reason: Mapped[str | None] = mapped_column(String(40))
    delivery_ids: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    failed_of: Mapped[str | None] = mapped_column(Identifier)
    most: Mapped[int | None]
    rate_per_s: Mapped[int | None]
    total: Mapped[int] = mapped_column(default=0)
    succeeded: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    failures_in_a_row: Mapped[int] = mapped_column(default=0)
    place: Mapped[str] = mapped_column(String(40), default="")
    all_ordered: Mapped[bool] = mapped_column(default=False)
    window_size: Mapped[int] = mapped_column(default=FIRST_WINDOW)
    paced_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    looked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_name: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def done(self) -> int:
        """How many have an outcome: delivered, failed, or skipped."""
        return self.succeeded + self.failed + self.skipped

    @property
    def sent(self) -> int:
        """How many were tried and have an outcome."""
        return self.succeeded + self.failed

    @property
    def to_send(self) -> int:
        """How many are to be tried in all."""
        return max(self.total - self.skipped, self.sent)

    @property
    def incident_id(self) -> str | None:
        """The incident whose failures these are; None for any other scope."""
        return self.failed_of if is_incident(self.failed_of) else None

    @property
    def is_under_way(self) -> bool:
        """True until nothing more happens to it."""
        return self.state in UNDER_WAY

    def stop(self, reason: str) -> None:
        """Send nothing more. The maintenance takes back what waits, and ends it once nothing is under way."""
        if self.state == RUNNING:
            self.state, self.stop_reason = STOPPING, reason

    def end(self) -> None:
        """Nothing of it is under way any more."""
        ends = {None: FINISHED, BY_PERSON: STOPPED, WEBHOOK_DELETED: STOPPED}
        self.state = ends.get(self.stop_reason, PAUSED)
        self.finished_at = utc_now()
        if self.state == FINISHED:
            self.total = self.done


class RecoveryItem(Base):
    """A delivery that a recovery ordered and whose outcome is still to come, or that failed.

    Rows of what was delivered are removed at once, so that there are few. `was`: what to make of it again if it is
    taken back before it was tried. `attempts_before`: how many tries it had when it was ordered.
    """

    __tablename__ = "recovery_item"
    __table_args__ = (
        Index(
            "ix_recovery_item_open",
            "recovery_id",
            "delivery_id",
            postgresql_where=_IS_OPEN,
            sqlite_where=_IS_OPEN,
        ),
    )

    recovery_id: Mapped[PrimaryId]
    delivery_id: Mapped[PrimaryId]
    was: Mapped[str] = mapped_column(String(10))
    attempts_before: Mapped[int] = mapped_column(default=0)
    failed: Mapped[bool] = mapped_column(default=False)
