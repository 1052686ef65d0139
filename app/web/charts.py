"""Charts as they are drawn: from counts to places in an SVG that stretches, its labels beside it as text.

Delivered goes upwards and failed downwards, on one scale of three equal parts, two above the line and one below.
Response times have a logarithmic scale: 50 ms and 5 s are both to be seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from babel.numbers import format_percent
from flask.sansio.app import App
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.models import Change, Incident
from app.queries.webhooks.charting import DAY, MONTH, RANGES, WEEK, Bin, Chart
from app.web.times import day_label, hour_label, weekday_label

WIDTH, HEIGHT, TIMES_HEIGHT = 600.0, 150.0, 80.0
# The line between delivered and failed.
ZERO = HEIGHT * 2 / 3
LEAST = 2.0
LOWEST_MS = 10

_RANGE_WORDS = {DAY: _l("24 hours"), WEEK: _l("7 days"), MONTH: _l("30 days")}
# How many parts the labels below divide the chart into.
_PARTS = {DAY: 4, WEEK: 7, MONTH: 3}


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar with its places in the SVG; heights are 0 where there is nothing."""

    bin: Bin
    x: float
    width: float
    up: float
    down: float
    fast_y: float | None
    slow_y: float | None


@dataclass(frozen=True, slots=True)
class Span:
    """An incident in the chart."""

    incident: Incident
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A change of settings in the chart."""

    change: Change
    x: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that the template needs: places, labels, what is marked."""

    chart: Chart
    bars: Sequence[Bar]
    scale: Sequence[int]
    times: Sequence[str]
    slowness: Sequence[str]
    limit_y: float | None
    timeout_s: int | None
    spans: Sequence[Span]
    marks: Sequence[Mark]


def range_choices() -> list[tuple[str, str]]:
    """(value, words) of the lengths of time that a chart may show."""
    return [(value, str(_RANGE_WORDS[value])) for value in RANGES]


def range_words(range_: str) -> str:
    """`24 hours`."""
    return str(_RANGE_WORDS[range_])


def milliseconds(ms: int | None) -> str:
    """A response time in the chart and its table."""
    return f"{ms:,} ms" if ms is not None else "–"


def percent(share: float | None) -> str:
    """`99.8 %`; never rounded up to all of them."""
    if share is None:
        return "–"
    return format_percent(math.floor(share * 1000) / 1000, "0.#%", locale=get_locale() or "en")


def draw(
    chart: Chart,
    timeout_s: int | None = None,
    incidents: Sequence[Incident] = (),
    changes: Sequence[Change] = (),
) -> Drawing:
    """Lay a chart out. timeout_s: the time limit that is drawn beside response times."""
    step = nice(
        max([1, *(math.ceil(one.delivered / 2) for one in chart.bins), *(one.failed for one in chart.bins)])
    )
    decades = 4 if (timeout_s or 0) > 10 or _slowest(chart) > 10_000 else 3
    return Drawing(
        chart=chart,
        bars=[_bar(one, number, len(chart.bins), step, decades) for number, one in enumerate(chart.bins)],
        scale=(2 * step, step, 0, step),
        times=_time_labels(chart),
        slowness=[_("100 s"), _("10 s"), _("1 s"), _("100 ms"), _("10 ms")][4 - decades :],
        limit_y=_time_y(timeout_s * 1000, decades) if timeout_s else None,
        timeout_s=timeout_s,
        spans=_spans(chart, incidents),
        marks=[Mark(change, _x(chart, change.at)) for change in changes if change.at >= chart.whole.begins],
    )


def nice(number: int) -> int:
    """The next round number: 7, 15, 30, 2,500."""
    if number <= 10:
        return number
    size = 10 ** (len(str(number)) - 2)
    return next(step * size for step in (10, 15, 20, 25, 30, 40, 50, 60, 80, 100) if step * size >= number)


def _bar(one: Bin, number: int, count: int, step: int, decades: int) -> Bar:
    slot = WIDTH / count
    unit = HEIGHT / 3 / step
    return Bar(
        bin=one,
        x=round(number * slot + slot * 0.1, 2),
        width=round(slot * 0.8, 2),
        up=_height(one.delivered * unit),
        down=_height(one.failed * unit),
        fast_y=_time_y(one.p50_ms, decades),
        slow_y=_time_y(one.p95_ms, decades),
    )


def _height(height: float) -> float:
    """What there is, is seen."""
    return round(max(LEAST, height), 2) if height > 0 else 0.0


def _time_y(ms: int | None, decades: int) -> float | None:
    if ms is None:
        return None
    share = math.log10(max(LOWEST_MS, ms) / LOWEST_MS) / decades
    return round(TIMES_HEIGHT * (1 - min(1.0, share)), 2)


def _slowest(chart: Chart) -> int:
    return max((one.p95_ms or 0 for one in chart.bins), default=0)


def _x(chart: Chart, at: datetime) -> float:
    whole = chart.whole.ends - chart.whole.begins
    share = (at - chart.whole.begins) / whole
    return round(WIDTH * min(1.0, max(0.0, share)), 2)


def _spans(chart: Chart, incidents: Sequence[Incident]) -> list[Span]:
    found = []
    for incident in incidents:
        begin, end = _x(chart, incident.opened_at), _x(chart, incident.closed_at or chart.whole.ends)
        found.append(Span(incident, begin, round(max(LEAST, end - begin), 2)))
    return found


def _time_labels(chart: Chart) -> list[str]:
    say = {DAY: hour_label, WEEK: weekday_label, MONTH: day_label}[chart.range]
    edges = [one.begins for one in chart.bins] + [chart.whole.ends]
    parts = _PARTS[chart.range]
    return [say(edges[(len(edges) - 1) * number // parts]) for number in range(parts + 1)]


def install(app: App) -> None:
    """What templates call."""
    app.jinja_env.globals.update(
        range_choices=range_choices, range_words=range_words, chart_ms=milliseconds, percent=percent
    )
