"""Counting: every change of a count is appended, and folded into hours and all-time sums later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from app.extensions import db
from app.models import Tally, WebhookHour
from app.models.base import now_ms
from app.models.roll_up import ALL_TIME, COUNTED, HOUR_MS
from app.services.transaction import transaction

FOLD_AT_ONCE = 20_000


def count(session: Session, webhook_id: str, **changes: int) -> None:
    """Append changes of a webhook's counts, named as in `roll_up.COUNTED`: `failed=-1, cancelled=1`."""
    session.execute(insert(Tally), {"webhook_id": webhook_id, "hour": now_ms() // HOUR_MS, **changes})


def fold() -> int:
    """Fold the oldest tallies into `webhook_hour`; returns how many rows were folded.

    Two folders never take the same row: on PostgreSQL each skips what the other has locked. Often there is
    nothing, and a look without the write lock says so.
    """
    if db.session.scalar(select(Tally.id).limit(1)) is None:
        return 0
    with transaction() as session:
        oldest = select(Tally.id).order_by(Tally.id).limit(FOLD_AT_ONCE).with_for_update(skip_locked=True)
        counted = [getattr(Tally, name) for name in COUNTED]
        rows = session.execute(
            delete(Tally).where(Tally.id.in_(oldest)).returning(Tally.webhook_id, Tally.hour, *counted)
        ).all()
        _add(session, _sums(rows))
        return len(rows)


def _sums(rows: Iterable[Sequence[Any]]) -> dict[tuple[str, int], list[int]]:
    """The changes of each (webhook, hour) and of each (webhook, all time) together."""
    sums: dict[tuple[str, int], list[int]] = {}
    for webhook_id, hour, *changes in rows:
        _sum_up(sums, (webhook_id, hour), changes)
    for (webhook_id, _hour), changes in list(sums.items()):
        _sum_up(sums, (webhook_id, ALL_TIME), changes)
    return sums


def _sum_up(sums: dict[tuple[str, int], list[int]], key: tuple[str, int], changes: list[int]) -> None:
    known = sums.get(key)
    sums[key] = changes if known is None else [a + b for a, b in zip(known, changes, strict=True)]


def _add(session: Session, sums: dict[tuple[str, int], list[int]]) -> None:
    """Add all of them at once: a thousand webhooks may have changed since the last time."""
    dialect = session.get_bind().dialect.name
    table = cast(Table, WebhookHour.__table__)
    statement = (postgresql_insert if dialect == "postgresql" else sqlite_insert)(table)
    statement = statement.on_conflict_do_update(
        index_elements=["webhook_id", "hour"],
        set_={name: table.c[name] + statement.excluded[name] for name in COUNTED},
    )
    # One order for everybody, so that two folders never wait in a circle.
    rows = [
        {"webhook_id": webhook_id, "hour": hour, **dict(zip(COUNTED, changes, strict=True))}
        for (webhook_id, hour), changes in sorted(sums.items())
    ]
    if rows:
        session.execute(statement, rows)
