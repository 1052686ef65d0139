"""Counting: every change of a count is appended, and folded into hours and all-time sums later."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, insert, select, text
from sqlalchemy.orm import Session

from app.extensions import db
from app.models import Tally
from app.models.base import now_ms
from app.models.roll_up import ALL_TIME, COUNTED, HOUR_MS
from app.services.transaction import transaction

FOLD_AT_ONCE = 20_000

_NAMES = ", ".join(COUNTED)
_SUMS = ", ".join(f"sum({name})" for name in COUNTED)
_ADD = ", ".join(f"{name} = webhook_hour.{name} + excluded.{name}" for name in COUNTED)

# Each change counts for its hour and for all time. In one order for everybody, so that two folders never wait in a
# circle.
_INTO = f"""
insert into webhook_hour (webhook_id, hour, {_NAMES})
select webhook_id, hour, {_SUMS}
from (select webhook_id, hour, {_NAMES} from {{changes}}
      union all select webhook_id, {ALL_TIME}, {_NAMES} from {{changes}}) changed
where true group by webhook_id, hour order by webhook_id, hour
on conflict (webhook_id, hour) do update set {_ADD}
"""  # noqa: S608 (names of ours)

# What another folder has locked is left out.
FOLD_ON_POSTGRESQL = f"""
with oldest as (select id from tally order by id limit :most for update skip locked),
gone as (delete from tally using oldest where tally.id = oldest.id returning tally.*),
folded as ({_INTO.format(changes="gone")})
select count(*) from gone
"""  # noqa: S608 (names of ours)

# Nobody else writes meanwhile.
LAST_ON_SQLITE = "select max(id) from (select id from tally order by id limit :most)"
FOLD_ON_SQLITE = _INTO.format(changes="(select * from tally where id <= :last)")
REMOVE_ON_SQLITE = "delete from tally where id <= :last"


def count(session: Session, webhook_id: str, **changes: int) -> None:
    """Append changes of a webhook's counts, named as in `roll_up.COUNTED`: `failed=-1, cancelled=1`."""
    session.execute(insert(Tally), {"webhook_id": webhook_id, "hour": now_ms() // HOUR_MS, **changes})


def fold() -> int:
    """Fold the oldest tallies into `webhook_hour`; returns how many rows were folded.

    In the database, however many webhooks have changed. Often there is nothing, and a look without the write
    lock says so.
    """
    if db.session.scalar(select(Tally.id).limit(1)) is None:
        return 0
    with transaction() as session:
        if session.get_bind().dialect.name == "postgresql":
            return int(session.scalar(text(FOLD_ON_POSTGRESQL), {"most": FOLD_AT_ONCE}) or 0)
        last = session.scalar(text(LAST_ON_SQLITE), {"most": FOLD_AT_ONCE})
        session.execute(text(FOLD_ON_SQLITE), {"last": last})
        removed = session.execute(text(REMOVE_ON_SQLITE), {"last": last})
        return cast("CursorResult[Any]", removed).rowcount
