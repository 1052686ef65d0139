"""The chart of one webhook: attempts, response times, and what happened meanwhile (C13)."""

from __future__ import annotations

from app.models import Webhook
from app.queries.changes import settings_changes
from app.queries.incidents import incidents_between
from app.queries.webhooks.charting import DAY, RANGES, chart_of_webhook
from app.web.charts import Drawing, draw
from app.web.times import zone


def drawing_of(webhook: Webhook, range_: str) -> Drawing:
    """Laid out, with incidents and changes of settings marked. Three queries."""
    chart = chart_of_webhook(webhook.id, range_ if range_ in RANGES else DAY, zone())
    since = chart.whole.begins
    return draw(
        chart,
        webhook.timeout_s,
        incidents_between(webhook.id, since),
        settings_changes(webhook.space_id, webhook.id, since),
    )
