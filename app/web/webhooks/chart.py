"""The chart of one webhook: attempts, response times, and what happened meanwhile (C13)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.models import Change, Incident, Webhook
from app.queries.changes import settings_changes
from app.queries.incidents import incidents_between
from app.queries.webhooks.charting import DAY, RANGES, chart_of_webhook
from app.web.charts import Drawing, draw
from app.web.times import zone


def drawing_of(webhook: Webhook, range_: str) -> Drawing:
    """Laid out, with incidents and changes of settings marked. One query, and one more for each kind of mark."""
    chart = chart_of_webhook(webhook.id, range_ if range_ in RANGES else DAY, zone())
    since = chart.whole.begins
    return draw(chart, webhook.timeout_s, _incidents(webhook, since), _changes(webhook, since))


def _incidents(webhook: Webhook, since: datetime) -> Sequence[Incident]:
    """One that never failed has none, and is not asked for."""
    return incidents_between(webhook.id, since) if webhook.lane.last_failure_at else ()


def _changes(webhook: Webhook, since: datetime) -> Sequence[Change]:
    """What was not touched since then, or not since it was made, has none."""
    if webhook.updated_at < since or webhook.updated_at <= webhook.created_at:
        return ()
    return settings_changes(webhook.space_id, webhook.id, since)
