"""Counting: every change of a count is written to `counter_change`, and compacted into sums later."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, insert, select, text
from sqlalchemy.orm import Session

from app.core.times import now_ms
from app.models import CounterChange, WebhookHour
from app.models.counter import ALL_TIME, COUNTED, HOUR_MS, added_up

_NAMES = ", ".join(COUNTED)
_SUMS = ", ".join(f"sum({name})" for name in COUNTED)

# Each change counts for its hour and for all time, and in its hour for the space too. In one order for everybody, so
# that two compactions never wait in a circle.
_INTO = f"""
insert into webhook_hour (webhook_id, hour, {_NAMES})
select webhook_id, hour, {_SUMS}
from (select webhook_id, hour, {_NAMES} from {{changes}}
      union all select webhook_id, {ALL_TIME}, {_NAMES} from {{changes}}
      union all select webhook.space_id, hour, {_NAMES}
        from {{changes}} c join webhook on webhook.id = c.webhook_id) changed
where true group by webhook_id, hour order by webhook_id, hour
{added_up(WebhookHour, *COUNTED)}
"""  # noqa: S608 (names of ours)

# What another compaction has locked is left out.
COMPACT_ON_POSTGRESQL = f"""
with gone as (
  delete from counter_change where ctid = any(array(select ctid from counter_change limit :most for update skip locked))
  returning counter_change.*
),
folded as ({_INTO.format(changes="gone")})
select count(*) from gone
"""  # noqa: S608 (names of ours)

# Nobody else writes meanwhile, and there is one row for each webhook and hour.
LAST_ON_SQLITE = (
    "select max(webhook_id) from (select webhook_id from counter_change order by webhook_id limit :most)"
)
COMPACT_ON_SQLITE = _INTO.format(changes="(select * from counter_change where webhook_id <= :last)")
REMOVE_ON_SQLITE = "delete from counter_change where webhook_id <= :last"
ADD_ON_SQLITE = f"""
insert into counter_change (webhook_id, hour, part, {_NAMES})
values (:webhook_id, :hour, 0, {", ".join(f":{name}" for name in COUNTED)}) {added_up(CounterChange, *COUNTED)}
"""  # noqa: S608 (names of ours)


def count(session: Session, webhook_id: str, hour: int | None = None, **changes: int) -> None:
    """Count changes of a webhook, named as in `counter.COUNTED`: `failed=-1, cancelled=1`.

    hour: in which they count, in hours since 1970; None: this one.
    """
    values = {"webhook_id": webhook_id, "hour": now_ms() // HOUR_MS if hour is None else hour, **changes}
    if session.get_bind().dialect.name == "postgresql":
        session.execute(insert(CounterChange), values)
    else:
        session.execute(text(ADD_ON_SQLITE), dict.fromkeys(COUNTED, 0) | values)


def is_anything_uncompacted(session: Session) -> bool:
    """True if there are changes to compact. Reads only, so it waits for nobody."""
    return session.scalar(select(CounterChange.hour).limit(1)) is not None


def compact(session: Session, most: int) -> int:
    """Compact some `most` counter changes into `webhook_hour`, in the caller's transaction; returns how many rows.

    In the database, however many webhooks have changed.
    """
    if session.get_bind().dialect.name == "postgresql":
        return int(session.scalar(text(COMPACT_ON_POSTGRESQL), {"most": most}) or 0)
    last = session.scalar(text(LAST_ON_SQLITE), {"most": most})
    session.execute(text(COMPACT_ON_SQLITE), {"last": last})
    removed = session.execute(text(REMOVE_ON_SQLITE), {"last": last})
    return cast("CursorResult[Any]", removed).rowcount
