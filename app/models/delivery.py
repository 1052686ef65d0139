"""Delivery: one event for one webhook. Its state, its next attempt."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DDL, Index, String, event, false, select, text
from sqlalchemy.orm import Mapped, column_property, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Id, PrimaryId, UtcDateTime, UtcDateTimeColumn
from app.core.times import utc_now
from app.models.lease import Lease

PENDING, SENDING, SUCCEEDED, FAILED, HELD, CANCELLED = (
    "pending",
    "sending",
    "succeeded",
    "failed",
    "held",
    "cancelled",
)
STATUSES = (PENDING, SENDING, SUCCEEDED, FAILED, HELD, CANCELLED)
FINAL = (SUCCEEDED, FAILED, CANCELLED)

# How full (percent) PostgreSQL fills a page of the indexes that hold every delivery. Recording adds the row's new
# version to each of them: in full pages that means a search for what may go, and then two half-empty pages.
FILL = 60
_ROOM: dict[str, Any] = {"postgresql_with": {"fillfactor": FILL}}


def _where(status: str) -> dict[str, Any]:
    condition = text(f"status = '{status}'")
    return {"postgresql_where": condition, "sqlite_where": condition}


class Delivery(Base):
    """One event on its way to one webhook.

    No foreign keys: rows are written by the thousand a second, webhooks are never removed, and
    retention drops old rows in bulk. `due_at` is when the next attempt may start. While a worker tries it,
    there is a `Lease` and the row is still pending; `state` says "sending" then. `failed_attempts` counts
    what the retry schedule has used up, `lost_attempts` those whose outcome nobody knows. `manual` marks
    that the next attempt was ordered by a person; `resume_at` is the planned retry that it went ahead of.
    `in_order`: nothing later may go to the webhook before it (copied from the webhook, so that the first of a
    long lane is found by an index). `was_delivered`: a receiver has taken it once, and it was resent since; whatever
    comes of that, it never counts as failed or cancelled.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_lane", "webhook_id", "due_at", **_where(PENDING)),
        Index(
            "ix_delivery_in_order",
            "webhook_id",
            "id",
            postgresql_where=text("status = 'pending' and in_order"),
            sqlite_where=text("status = 'pending' and in_order"),
        ),
        Index("ix_delivery_held", "webhook_id", "id", **_where(HELD)),
        Index("ix_delivery_failed_webhook", "webhook_id", "id", **_where(FAILED)),
        Index("ix_delivery_failed_space", "space_id", "id", **_where(FAILED)),
        Index("ix_delivery_webhook_id_id", "webhook_id", "id", **_ROOM),
        Index("ix_delivery_space_id_id", "space_id", "id", **_ROOM),
        Index("ix_delivery_event_id", "event_id", **_ROOM),
    )

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("dlv"))
    space_id: Mapped[Id]
    event_id: Mapped[Id]
    webhook_id: Mapped[Id]
    event_type: Mapped[str] = mapped_column(String(100))
    status: Mapped[str] = mapped_column(String(10), default=PENDING)
    due_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    attempts_count: Mapped[int] = mapped_column(default=0)
    failed_attempts: Mapped[int] = mapped_column(default=0)
    lost_attempts: Mapped[int] = mapped_column(default=0)
    manual: Mapped[bool] = mapped_column(default=False)
    resume_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    until_it_works: Mapped[bool] = mapped_column(default=False)
    in_order: Mapped[bool] = mapped_column(default=False)
    was_delivered: Mapped[bool] = mapped_column(default=False, server_default=false())
    last_status: Mapped[int | None]
    last_reason: Mapped[str | None] = mapped_column(String(40))
    last_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)

    in_flight: Mapped[bool] = column_property(
        select(Lease.delivery_id)
        .where(Lease.delivery_id == id.column)  # type: ignore[attr-defined]
        .correlate_except(Lease)
        .exists()
    )

    @property
    def state(self) -> str:
        """The status as people and programs see it: one of `STATUSES`."""
        return SENDING if self.status == PENDING and self.in_flight else self.status

    @property
    def moves(self) -> bool:
        """True while its row may change within seconds, so that a page keeps looking.

        What is held changes as soon as somebody sends or skips it.
        """
        return self.status in {PENDING, HELD}

    @property
    def can_be_resent(self) -> bool:
        """True unless an attempt is under way right now."""
        return self.state != SENDING


# The key's own index, which has no place for this in the table's arguments.
event.listen(
    Delivery.__table__,
    "after_create",
    DDL(f"alter index pk_delivery set (fillfactor = {FILL})").execute_if(dialect="postgresql"),
)
