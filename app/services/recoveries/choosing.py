"""What a recovery orders next: found and judged before anything is locked.

Conditions are a stranger's work over a stranger's data, so they are never judged under a lock. What was found counts
only if nobody else carried the recovery on meanwhile, and the webhook is as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.exact_json import stored
from app.core.times import ms_of, now_ms
from app.ledger.moves.recovering import Slots
from app.models import Event, Recovery, Webhook
from app.models.condition import conditions_from, why_not_wanted
from app.models.recovery import RUNNING
from app.queries.recoveries.candidates import Candidate, next_candidates
from app.queries.recoveries.scope import scope_of
from app.services.recoveries.settling import count_open

# How far ahead a recovery with a speed of its own orders: what is left can still be stopped, and a step that is late
# by less leaves no gap.
AHEAD_MS = 500
# Data is read to be judged: so many events in a step, each up to 256 kB.
JUDGED_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Chosen:
    """The next candidates, those of them that are wanted, and what must still hold when they are ordered.

    full: there was no room for more. last: there is nothing behind them.
    """

    place: str
    webhook_version: int
    candidates: Sequence[Candidate] = ()
    unwanted: frozenset[str] = frozenset()
    slots: Slots | None = None
    full: bool = False
    last: bool = False


def choose(session: Session, recovery: Recovery, webhook: Webhook, most: int) -> Chosen:
    """Up to `most` candidates, as many as may wait now. Reads only."""
    nothing = Chosen(recovery.place, webhook.version)
    if recovery.state != RUNNING or recovery.all_ordered:
        return nothing
    now = now_ms()
    room = _room(session, recovery, now)
    if room <= 0:
        return nothing
    wanted = min(room, most, JUDGED_AT_ONCE) if _has_rules(webhook) else min(room, most)
    found = next_candidates(session, scope_of(recovery), webhook, recovery.place, wanted)
    return Chosen(
        place=recovery.place,
        webhook_version=webhook.version,
        candidates=found,
        unwanted=_unwanted(session, webhook, [one.id for one in found if one.is_event]),
        slots=_slots(recovery, now, len(found)),
        full=len(found) == room,
        last=len(found) < wanted,
    )


def _room(session: Session, recovery: Recovery, now: int) -> int:
    """How many more may be ordered now: few wait at a time, so that new events are not behind a crowd."""
    waiting = count_open(session, recovery.id)
    room = recovery.window_size - waiting
    if recovery.rate_per_s:
        start = max(now, ms_of(recovery.paced_until) or 0)
        room = min(room, (now + AHEAD_MS - start) * recovery.rate_per_s // 1000 + 1)
    if recovery.most is not None:
        room = min(room, recovery.most - recovery.sent - waiting)
    return room


def _slots(recovery: Recovery, now: int, count: int) -> Slots:
    """With a speed of its own each at its moment; else all are due already, a millisecond apart, in order."""
    if recovery.rate_per_s:
        return Slots(max(now, ms_of(recovery.paced_until) or 0), 1_000_000 // recovery.rate_per_s)
    return Slots(now - count, 1000)


def _has_rules(webhook: Webhook) -> bool:
    return bool(webhook.conditions or webhook.projects)


def _unwanted(session: Session, webhook: Webhook, event_ids: Sequence[str]) -> frozenset[str]:
    """Events that projects and conditions of today leave out."""
    if not event_ids or not _has_rules(webhook):
        return frozenset()
    conditions = conditions_from(webhook.conditions)
    rows = session.execute(select(Event.id, Event.project_id, Event.data).where(Event.id.in_(event_ids)))
    return frozenset(
        row.id
        for row in rows
        if why_not_wanted(
            webhook.projects, conditions, row.project_id, stored(row.data) if conditions else None
        )
    )
