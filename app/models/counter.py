"""Counts per webhook and hour, so that a page never counts rows.

Publishing and recording write changes to `counter_change`; a periodic step compacts it into `webhook_hour`. What a page
shows is the sum of both.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime

from sqlalchemy import BigInteger, Identity, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.orm import Base, Identifier
from app.core.times import ms_of

# What is counted. The first five are about deliveries and may go down again (a failed one is resent);
# the next two are tries, for the bars.
COUNTS = ("triggered", "delivered", "failed", "cancelled", "held", "attempts_ok", "attempts_failed")
# How long attempts took that got an answer or waited for one: how many took at most so many milliseconds, and more than
# the bound before. A histogram can be added up, hour by hour; a percentile cannot. What took longer than the last
# bound counts as `took_longer`.
BOUNDS_MS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
TOOK = (*(f"took_{bound}" for bound in BOUNDS_MS), "took_longer")
COUNTED = (*COUNTS, *TOOK)
ALL_TIME = 0
HOUR_MS = 3_600_000


def hour_of(at: datetime) -> int:
    """The hour that a moment belongs to, in hours since 1970."""
    return ms_of(at) // HOUR_MS


class WebhookHour(Base):
    """Counts of one webhook in one hour (hours since 1970), or for all time (`hour` 0).

    `webhook_id` may be the id of a space: the sum of its webhooks in that hour, so that its home reads a row for an
    hour, however many webhooks it has.
    """

    __tablename__ = "webhook_hour"

    webhook_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    triggered: Mapped[int] = mapped_column(BigInteger, default=0)
    delivered: Mapped[int] = mapped_column(BigInteger, default=0)
    failed: Mapped[int] = mapped_column(BigInteger, default=0)
    cancelled: Mapped[int] = mapped_column(BigInteger, default=0)
    held: Mapped[int] = mapped_column(BigInteger, default=0)
    attempts_ok: Mapped[int] = mapped_column(BigInteger, default=0)
    attempts_failed: Mapped[int] = mapped_column(BigInteger, default=0)


class CounterChange(Base):
    """Changes of those counts in one hour that are not compacted yet.

    On PostgreSQL each is a row with a `part` of its own, so that no two publishers wait for one another. On SQLite
    only one writes at a time: all changes of a webhook and hour are one row, of part 0, that is added to
    (`added_up`), so that the table stays small and a commit touches few pages of it.
    """

    __tablename__ = "counter_change"
    __table_args__ = {"sqlite_with_rowid": False}

    webhook_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    part: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    triggered: Mapped[int] = mapped_column(default=0)
    delivered: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    cancelled: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(default=0)
    attempts_ok: Mapped[int] = mapped_column(default=0)
    attempts_failed: Mapped[int] = mapped_column(default=0)


for _name in TOOK:
    setattr(WebhookHour, _name, mapped_column(BigInteger, nullable=False, default=0, server_default="0"))
    setattr(CounterChange, _name, mapped_column(Integer, nullable=False, default=0, server_default="0"))


def took_name(duration_ms: int) -> str:
    """The count that an attempt of this length belongs to."""
    return TOOK[bisect_left(BOUNDS_MS, duration_ms)]


def added_up(table: type[WebhookHour | CounterChange], *names: str) -> str:
    """The end of an insert: these counts are added to those of a row that is there (of changes: on SQLite alone)."""
    own = table.__tablename__
    key = ", ".join(column.name for column in table.__table__.primary_key)
    sums = ", ".join(f"{name} = {own}.{name} + excluded.{name}" for name in names)
    return f"on conflict ({key}) do update set {sums}"
