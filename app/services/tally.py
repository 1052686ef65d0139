"""Counting: every change of a count is appended, and folded into hours and all-time sums later."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

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

    Two folders never take the same row: on PostgreSQL each skips what the other has locked.
    """
    with transaction() as session:
        oldest = select(Tally.id).order_by(Tally.id).limit(FOLD_AT_ONCE).with_for_update(skip_locked=True)
        counted = [getattr(Tally, name) for name in COUNTED]
        rows = session.execute(
            delete(Tally).where(Tally.id.in_(oldest)).returning(Tally.webhook_id, Tally.hour, *counted)
        ).all()
        sums: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0] * len(COUNTED))
        for webhook_id, hour, *changes in rows:
            for key in ((webhook_id, hour), (webhook_id, ALL_TIME)):
                sums[key] = [a + b for a, b in zip(sums[key], changes, strict=True)]
        for key in sorted(sums):  # one order for everybody, so that two folders never wait in a circle
            _add(session, key, dict(zip(COUNTED, sums[key], strict=True)))
        return len(rows)


def _add(session: Session, key: tuple[str, int], values: dict[str, int]) -> None:
    dialect = session.get_bind().dialect.name
    statement = (postgresql_insert if dialect == "postgresql" else sqlite_insert)(WebhookHour)
    statement = statement.values(webhook_id=key[0], hour=key[1], **values)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["webhook_id", "hour"],
            set_={name: getattr(WebhookHour, name) + getattr(statement.excluded, name) for name in COUNTED},
        )
    )
