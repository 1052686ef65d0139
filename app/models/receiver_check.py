"""Receiver check: probes of a receiver and what came of each (C12); receiver watch: what is looked at by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.orm import Base, Id, Identifier, PrimaryId, UtcDateTime, UtcDateTimeColumn
from app.core.times import utc_now

WAITING, RUNNING, DONE = "waiting", "running", "done"

# A line's mark, worst first: it does not work, it should be changed, it is right; then what is neither.
BAD, WARN, GOOD, INFO, SKIPPED = "bad", "warn", "good", "info", "skipped"

# How often a receiver may be checked by itself, in days.
NEVER, DAILY, WEEKLY = 0, 1, 7
EVERY_DAYS = (NEVER, DAILY, WEEKLY)

_IS_OPEN = text("state <> 'done'")


class ReceiverCheck(Base):
    """One check of one webhook's receiver. It waits until a maintenance worker has time for it.

    `lines`: {name, mark, facts} each, in the order of the probes; their words are found when they are shown.
    `mark`: the worst of them, once it is done. `lease_until`: whoever runs it has it until then.
    A webhook has at most one check that is not done.
    """

    __tablename__ = "receiver_check"
    __table_args__ = (
        Index("ix_receiver_check_webhook_id_id", "webhook_id", "id"),
        Index(
            "ux_receiver_check_open",
            "webhook_id",
            unique=True,
            postgresql_where=_IS_OPEN,
            sqlite_where=_IS_OPEN,
        ),
    )

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("chk"))
    space_id: Mapped[Id]
    webhook_id: Mapped[Id]
    state: Mapped[str] = mapped_column(String(10), default=WAITING)
    scheduled: Mapped[bool] = mapped_column(default=False)
    asked_by: Mapped[str] = mapped_column(String(254), default="")
    url: Mapped[str] = mapped_column(Text)
    mark: Mapped[str | None] = mapped_column(String(10))
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_done(self) -> bool:
        """True once there is a result."""
        return self.state == DONE


class ReceiverWatch(Base):
    """What is looked at by itself at a webhook's receiver: all of it if somebody wants that, its certificate daily.

    `url`: the address whose certificate was seen; of another one it says nothing.
    """

    __tablename__ = "receiver_watch"
    __table_args__ = (
        Index(
            "ix_receiver_watch_check_due_at",
            "check_due_at",
            postgresql_where=text("check_due_at is not null"),
            sqlite_where=text("check_due_at is not null"),
        ),
        Index("ix_receiver_watch_certificate_due_at", "certificate_due_at"),
        Index("ix_receiver_watch_certificate_ends_at", "certificate_ends_at"),
    )

    webhook_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    space_id: Mapped[Id]
    check_every_days: Mapped[int] = mapped_column(default=NEVER)
    check_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    url: Mapped[str] = mapped_column(Text, default="")
    certificate_ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    certificate_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    certificate_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def worst_of(lines: list[dict[str, Any]]) -> str:
    """The mark of a whole check: bad, warn or good."""
    marks = {line["mark"] for line in lines}
    return next((mark for mark in (BAD, WARN) if mark in marks), GOOD)
