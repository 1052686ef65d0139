"""Events about webhooks themselves (F8): published in the transaction of what happened, where a webhook wants them.

No loops. Nobody is told that an event of this group failed. A webhook that sends any of them has no events about
its own incidents: each would be a message of its own, which may open or close the next one. Being turned off and
recoveries end by a person, so they are told of every webhook.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.catalogue import HOOKDESK_PREFIX
from app.core.times import ms_of
from app.models import Subscription, Webhook
from app.queries.next_steps import why_stopped
from app.queries.spaces import in_use
from app.queries.webhooks.listing import totals_of
from app.sending.failures.diagnosis import explain
from app.sending.message.composing import rfc3339
from app.services.events.publishing import publish_in

WEBHOOK_STOPPED = HOOKDESK_PREFIX + "webhook.stopped"
DELIVERY_FAILED = HOOKDESK_PREFIX + "delivery.failed"
INCIDENT_OPENED = HOOKDESK_PREFIX + "incident.opened"
INCIDENT_CLOSED = HOOKDESK_PREFIX + "incident.closed"
RECOVERY_FINISHED = HOOKDESK_PREFIX + "recovery.finished"

Data = dict[str, Any]


def webhook_stopped(session: Session, webhook: Webhook) -> None:
    """We turned it off."""
    why = why_stopped(webhook, totals_of([webhook.id])[webhook.id].held)
    data = {
        "id": webhook.id,
        "name": webhook.name,
        "url": page_of(webhook),
        "reason": webhook.state_reason,
        "last_reason": webhook.lane.last_reason,
        "explanation": why.what,
        "next_step": why.next,
        "held": totals_of([webhook.id])[webhook.id].held,
        "stopped_at": time_of(webhook.state_since),
    }
    _publish(session, webhook, WEBHOOK_STOPPED, data, f"{webhook.id}:{ms_of(webhook.state_since)}")


def incident_opened(session: Session, webhook: Webhook, incident: Data) -> None:
    """It begins to fail. `incident`: id, reason, opened_at, closed_at (datetimes) and failed."""
    if not sends_own_events(webhook):
        _publish(session, webhook, INCIDENT_OPENED, _incident(webhook, incident), str(incident["id"]))


def incident_closed(session: Session, webhook: Webhook, incident: Data) -> None:
    """It works again. `incident`: as for `incident_opened`."""
    if not sends_own_events(webhook):
        _publish(session, webhook, INCIDENT_CLOSED, _incident(webhook, incident), str(incident["id"]))


def recovery_finished(session: Session, webhook: Webhook, recovery: Data) -> None:
    """A resending of many came to its end. `recovery`: id, state, the five counts and finished_at (a datetime)."""
    counts = {name: recovery[name] for name in ("total", "done", "succeeded", "failed", "skipped")}
    data = {
        "id": recovery["id"],
        "webhook": named(webhook),
        "url": page_of(webhook),
        "state": recovery["state"],
        **counts,
        "finished_at": time_of(recovery["finished_at"]),
    }
    _publish(session, webhook, RECOVERY_FINISHED, data, str(recovery["id"]))


def sends_own_events(webhook: Webhook) -> bool:
    """True if it sends any event about webhooks."""
    return any(name.startswith(HOOKDESK_PREFIX) for name in webhook.events)


def is_wanted(session: Session, space_id: str, event_type: str) -> bool:
    """True if a webhook of the space sends this event. Nothing new is sent from an archived space."""
    wanted = select(Subscription.webhook_id).where(
        Subscription.space_id == space_id,
        Subscription.event_type == event_type,
        in_use(Subscription.space_id),
    )
    return session.scalar(wanted.limit(1)) is not None


def publish_all(
    session: Session, space_id: str, event_type: str, items: Iterable[tuple[str, str, Data]]
) -> int:
    """Publish (object id, key, data) each, once for each key; returns how many. With the caller's transaction."""
    made = [
        {
            "type": event_type,
            "data": data,
            "object_id": object_id,
            "idempotency_key": f"{event_type}:{key}"[:255],
        }
        for object_id, key, data in items
    ]
    if made:
        publish_in(session, space_id, made, batch=True, by_hookdesk=True)
    return len(made)


def named(webhook: Webhook) -> dict[str, str]:
    """The webhook as the data names it."""
    return {"id": webhook.id, "name": webhook.name}


def page_of(webhook: Webhook) -> str:
    """The address of its page."""
    return f"{current_app.config['SETTINGS'].base_url}/webhooks/{webhook.id}"


def time_of(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC, as in every message."""
    return None if moment is None else rfc3339(ms_of(moment))


def _publish(session: Session, webhook: Webhook, event_type: str, data: Data, key: str) -> None:
    if is_wanted(session, webhook.space_id, event_type):
        publish_all(session, webhook.space_id, event_type, [(webhook.id, key, data)])


def _incident(webhook: Webhook, incident: Mapping[str, Any]) -> Data:
    known = {"host": urlsplit(webhook.url).hostname}
    return {
        "id": incident["id"],
        "webhook": named(webhook),
        "url": page_of(webhook),
        "reason": incident["reason"],
        "explanation": explain(incident["reason"], known, _).what,
        "opened_at": time_of(incident["opened_at"]),
        "closed_at": time_of(incident.get("closed_at")),
        "failed": incident["failed"],
    }
