"""What a chart draws of a webhook, or of all webhooks of a space: attempts and response times, from roll-ups alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Select, func, select, union_all
from sqlalchemy.orm import Session

from app.core.extensions import db
from app.core.times import from_ms, utc_now
from app.models import CounterChange, Webhook, WebhookHour
from app.models.counter import BOUNDS_MS, HOUR_MS, TOOK, hour_of
from app.queries.webhooks.listing import BAR_HOURS, Hour

DAY, WEEK, MONTH = "24h", "7d", "30d"
RANGES = (DAY, WEEK, MONTH)
# Local hours at which a bar of a week begins.
WEEK_STEP_H = 6
# No attempt takes longer than the longest time limit.
LONGEST_MS = 30_000

_NAMES = ("attempts_ok", "attempts_failed", *TOOK)


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar: attempts that were accepted and that failed, and response times in milliseconds; None: no answers."""

    begins: datetime
    ends: datetime
    delivered: int
    failed: int
    p50_ms: int | None
    p95_ms: int | None


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars without a gap, oldest first, and all of them together. `day`: the last 24 hours, as `hours_of` has them."""

    range: str
    bins: Sequence[Bin]
    whole: Bin
    day: list[Hour]

    @property
    def is_empty(self) -> bool:
        """True if nothing was tried."""
        return not (self.whole.delivered or self.whole.failed)

    @property
    def success_rate(self) -> float | None:
        """Of all attempts those that were accepted, 0 to 1; None without any."""
        tried = self.whole.delivered + self.whole.failed
        return self.whole.delivered / tried if tried else None


def chart_of_webhook(webhook_id: str, range_: str, zone: tzinfo) -> Chart:
    """The chart of one webhook. One query."""
    fresh = CounterChange.webhook_id == webhook_id
    return _chart(range_, zone, WebhookHour.webhook_id == webhook_id, fresh)


def chart_of_space(space_id: str, range_: str, zone: tzinfo) -> Chart:
    """The chart of all webhooks of a space, deleted ones too. One query."""
    fresh = CounterChange.webhook_id.in_(select(Webhook.id).where(Webhook.space_id == space_id))
    return _chart(range_, zone, WebhookHour.webhook_id == space_id, fresh)


def percentile(counts: Sequence[int], share: float) -> int | None:
    """The time in milliseconds that this share of attempts did not exceed; `counts` as in `TOOK`.

    Between two bounds attempts are taken to be spread evenly, so it is as exact as the bounds are close.
    """
    total = sum(counts)
    if total <= 0:
        return None
    wanted, before = share * total, 0
    edges = (0, *BOUNDS_MS, LONGEST_MS)
    for number, count in enumerate(counts):
        if count and before + count >= wanted:
            low, high = edges[number], edges[number + 1]
            return round(low + (high - low) * (wanted - before) / count)
        before += count
    return LONGEST_MS


def _chart(range_: str, zone: tzinfo, compacted: Any, fresh: Any) -> Chart:
    """compacted, fresh: which rows of `WebhookHour` and of `CounterChange` are wanted."""
    now = utc_now()
    edges = _edges(range_, now.astimezone(zone))
    # In a zone that is half an hour off, what ends at its midnight ends within an hour of ours: that one belongs to it.
    edges[-1] = max(edges[-1], hour_of(now) + 1)
    hours = _hours(compacted, fresh, edges[0])
    bins = [
        _bin(a, b, [hours[h] for h in range(a, b) if h in hours])
        for a, b in zip(edges, edges[1:], strict=False)
    ]
    return Chart(range_, bins, _bin(edges[0], edges[-1], list(hours.values())), _day(hours, hour_of(now)))


def _day(hours: Mapping[int, Sequence[int]], last: int) -> list[Hour]:
    return [
        Hour(from_ms(hour * HOUR_MS), *hours.get(hour, (0, 0))[:2])
        for hour in range(last - BAR_HOURS + 1, last + 1)
    ]


def _edges(range_: str, now: datetime) -> list[int]:
    """Hours since 1970 at which the bars begin, and at which the last one ends."""
    if range_ == DAY:
        last = hour_of(now) + 1
        return list(range(last - 24, last + 1))
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if range_ == MONTH:
        days = [midnight + timedelta(days=n) for n in range(-29, 2)]
        return [hour_of(day) for day in days]
    end = midnight.replace(hour=now.hour - now.hour % WEEK_STEP_H) + timedelta(hours=WEEK_STEP_H)
    steps = 7 * 24 // WEEK_STEP_H
    return [hour_of(end - timedelta(hours=WEEK_STEP_H * n)) for n in range(steps, -1, -1)]


def _hours(compacted: Any, fresh: Any, first: int) -> dict[int, list[int]]:
    """By hour the counts of `_NAMES`: compacted ones and those that are not yet."""
    both = union_all(_rows(WebhookHour, compacted, first), _rows(CounterChange, fresh, first)).subquery()
    sums = [func.sum(both.c[name]) for name in _NAMES]
    rows = _session().execute(select(both.c.hour, *sums).group_by(both.c.hour))
    return {int(row[0]): [max(0, int(value)) for value in row[1:]] for row in rows}


def _rows(table: Any, wanted: Any, first: int) -> Select[Any]:
    columns = [getattr(table, name).label(name) for name in _NAMES]
    return select(table.hour, *columns).where(wanted, table.hour >= first)


def _bin(first: int, end: int, hours: Sequence[Sequence[int]]) -> Bin:
    sums = [sum(values) for values in zip(*hours, strict=True)] if hours else [0] * len(_NAMES)
    took = sums[2:]
    return Bin(
        begins=from_ms(first * HOUR_MS),
        ends=from_ms(end * HOUR_MS),
        delivered=sums[0],
        failed=sums[1],
        p50_ms=percentile(took, 0.5),
        p95_ms=percentile(took, 0.95),
    )


def _session() -> Session:
    return db.session()
