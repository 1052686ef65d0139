"""What the templates of deliveries call."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask.sansio.app import App
from flask_babel import gettext as _

from app.models.delivery import STATUSES
from app.queries.delivery import DeliveryDetail
from app.queries.explanations import read_facts, read_headers
from app.web.catalogue import catalogue_here
from app.web.deliveries.live import row_version
from app.web.words import status_choices

MOST_PLANNED = 5


def install(app: App) -> None:
    """Make them known to the templates."""
    app.jinja_env.globals.update(
        event_title=event_title,
        filter_words=filter_words,
        planned_tries=planned_tries,
        read_headers=read_headers,
        read_facts=read_facts,
        row_version=row_version,
    )


def event_title(key: str) -> str:
    """`Lead created` for `lead.created`; the key itself if nobody has named it."""
    known = catalogue_here().get(key)
    return known.title if known else key


def planned_tries(detail: DeliveryDetail) -> list[datetime]:
    """When the next tries are planned, if all of them fail: the first at its time, the rest by the schedule."""
    plan = detail.plan
    if plan.next_try is None:
        return []
    moments = [plan.next_try]
    if plan.tries_left:
        for gap in detail.webhook.retry_schedule[detail.delivery.failed_tries :]:
            moments.append(moments[-1] + timedelta(seconds=gap))
    return moments[:MOST_PLANNED]


def filter_words(name: str, value: str) -> str:
    """A filter that is set, in words."""
    if name == "status" and value in STATUSES:
        return _("Status: %(value)s", value=dict(status_choices())[value])
    if name == "event_type":
        return _("Event: %(value)s", value=event_title(value))
    names = {"q": _("Id"), "since": _("From"), "until": _("Until"), "webhook_id": _("Webhook")}
    return f"{names.get(name, name)}: {value}"
