"""What the templates of deliveries call."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask.sansio.app import App
from flask_babel import gettext as _

from app.models.delivery import STATUSES
from app.queries.deliveries.detail import DeliveryDetail
from app.queries.deliveries.explanations import read_facts, read_headers
from app.web.catalogue import catalogue_here
from app.web.deliveries.live import row_version
from app.web.words import status_choices

MOST_PLANNED = 5


def install(app: App) -> None:
    """Make them known to the templates."""
    app.jinja_env.globals.update(
        event_title=event_title,
        filter_words=filter_words,
        planned_attempts=planned_attempts,
        read_headers=read_headers,
        read_facts=read_facts,
        row_version=row_version,
    )


def event_title(key: str) -> str:
    """`Lead created` for `lead.created`; the key itself if nobody has named it."""
    known = catalogue_here().get(key)
    return known.title if known else key


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


def filter_words(name: str, value: str) -> str:
    """A filter that is set, in words."""
    if name == "status" and value in STATUSES:
        return _("Status: %(value)s", value=dict(status_choices())[value])
    if name == "event_type":
        return _("Event: %(value)s", value=event_title(value))
    names = {"q": _("Id"), "since": _("From"), "until": _("To"), "webhook_id": _("Webhook")}
    return f"{names.get(name, name)}: {value}"
