"""What the templates of deliveries call."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask.sansio.app import App

from app.queries.deliveries.detail import DeliveryDetail
from app.queries.deliveries.explanations import read_facts, read_headers
from app.sending.message.masking import mask_url
from app.web.deliveries.curl import note_words
from app.web.deliveries.filter_words import event_title, reason_choices, span_choices
from app.web.deliveries.live import row_version

MOST_PLANNED = 5


def install(app: App) -> None:
    """Make them known to the templates."""
    app.jinja_env.globals.update(
        event_title=event_title,
        reason_choices=reason_choices,
        span_choices=span_choices,
        planned_attempts=planned_attempts,
        read_headers=read_headers,
        curl_note=note_words,
        mask_url=mask_url,
        read_facts=read_facts,
        row_version=row_version,
    )


def planned_attempts(detail: DeliveryDetail) -> list[datetime]:
    """When the next attempts are planned, if all of them fail: the first at its time, the rest by the schedule."""
    plan = detail.plan
    if plan.next_attempt is None:
        return []
    moments = [plan.next_attempt]
    if plan.attempts_left:
        for gap in detail.webhook.retry_schedule[detail.delivery.failed_attempts :]:
            moments.append(moments[-1] + timedelta(seconds=gap))
    return moments[:MOST_PLANNED]
