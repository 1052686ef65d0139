"""Incidents as lists and pages need them: newest first, by key; why they happened; their timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask_babel import gettext as _
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.audit.read import AuditFilters, entries
from app.core.errors import NotFound
from app.core.extensions import db
from app.core.times import ms_of, utc_now
from app.models import Attempt, Change, Incident, Webhook
from app.models.attempt import FAILED_OF_A_DELIVERY
from app.queries.deliveries.explanations import Clock, RetryPlan, explain_attempt
from app.queries.deliveries.previews import tries_by_id
from app.sending.failures.diagnosis import Explanation, explain

PAGE = 25
# Of a timeline: tries of the beginning and of the end, changes, and how long before the first failure they count.
TRIES, CHANGES, BEFORE = 5, 50, timedelta(hours=24)

_IS_OPEN = text("incident.closed_at is null")


@dataclass(frozen=True, slots=True)
class ListedIncident:
    """An incident with its webhook; `explanation`: of the newest try that failed for the main reason."""

    incident: Incident
    webhook: Webhook
    explanation: Explanation | None
    attempt: Attempt | None


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """One page, newest first; `next_id` is where the page of older ones begins, None on the last."""

    rows: list[ListedIncident]
    next_id: str | None


@dataclass(frozen=True, slots=True)
class IncidentDetail:
    """One incident: each of its reasons explained, its first and last tries, and what was changed meanwhile.

    `tries` are oldest first; `left_out`: how many failed tries lie between them.
    """

    listed: ListedIncident
    explanations: Mapping[str, Explanation | None]
    tries: Sequence[Attempt]
    left_out: int
    changes: Sequence[Change]

    @property
    def incident(self) -> Incident:
        """The row."""
        return self.listed.incident


def find_incidents(
    space_id: str,
    clock: Clock,
    webhook_id: str | None = None,
    is_open: bool | None = None,
    before: str | None = None,
    limit: int = PAGE,
) -> IncidentPage:
    """Incidents of a space, or of one of its webhooks, that are older than the one whose id is `before`."""
    query = select(Incident).where(Incident.space_id == space_id)
    if webhook_id:
        query = query.where(Incident.webhook_id == webhook_id)
    if is_open is not None:
        query = query.where(_IS_OPEN if is_open else Incident.closed_at.is_not(None))
    if before:
        query = query.where(Incident.id < before)
    found = _session().scalars(query.order_by(Incident.id.desc()).limit(limit + 1)).all()
    return IncidentPage(_listed(found[:limit], clock), found[limit - 1].id if len(found) > limit else None)


def recent_incidents(space_id: str, since: datetime, limit: int = PAGE) -> list[tuple[Incident, Webhook]]:
    """Open incidents first, then those that ended since then, the newest first, each with its webhook."""
    newest = (
        select(Incident, Webhook)
        .join(Webhook, Webhook.id == Incident.webhook_id)
        .where(Incident.space_id == space_id)
        .order_by(Incident.id.desc())
        .limit(limit)
    )
    found = {
        incident.id: (incident, webhook)
        for query in (newest.where(_IS_OPEN), newest)
        for incident, webhook in _session().execute(query)
    }
    fresh = [one for one in found.values() if one[0].closed_at is None or one[0].closed_at >= since]
    return sorted(fresh, key=lambda one: (not one[0].is_open, -ms_of(one[0].opened_at)))[:limit]


def incidents_between(webhook_id: str, since: datetime, limit: int = 100) -> Sequence[Incident]:
    """A webhook's incidents that were open at some time since then, newest first."""
    query = select(Incident).where(Incident.webhook_id == webhook_id).order_by(Incident.id.desc())
    found = _session().scalars(query.limit(limit)).all()
    return [one for one in found if one.closed_at is None or one.closed_at >= since]


def open_incidents_of(webhook_ids: Iterable[str]) -> dict[str, Incident]:
    """By webhook id, the incident that is open. One query."""
    ids = list(webhook_ids)
    if not ids:
        return {}
    query = select(Incident).where(Incident.webhook_id.in_(ids), _IS_OPEN)
    return {incident.webhook_id: incident for incident in _session().scalars(query)}


def get_incident(space_id: str, incident_id: str) -> Incident:
    """One incident of the space. Raises `NotFound`."""
    found = select(Incident).where(Incident.id == incident_id, Incident.space_id == space_id)
    incident = _session().scalar(found)
    if incident is None:
        raise NotFound
    return incident


def incident_listed(incident: Incident, clock: Clock) -> ListedIncident:
    """One incident as a list shows it."""
    return _listed([incident], clock)[0]


def incident_detail(space_id: str, incident_id: str, clock: Clock) -> IncidentDetail:
    """Everything about one incident of the space. Raises `NotFound`."""
    incident = get_incident(space_id, incident_id)
    first, last = _ends(incident)
    newest = [one["attempt_id"] for one in incident.reasons]
    found = tries_by_id({*first, *last, *newest})
    webhook = _session().get_one(Webhook, incident.webhook_id)
    explained = {
        one["reason"]: _explained(found.get(one["attempt_id"]), webhook, clock) for one in incident.reasons
    }
    shown = [found[one] for one in dict.fromkeys([*first, *last]) if one in found]
    main = found.get(incident.main.get("attempt_id", ""))
    return IncidentDetail(
        listed=ListedIncident(incident, webhook, _why(incident, main, webhook, clock), main),
        explanations=explained,
        tries=shown,
        left_out=max(0, incident.attempts - len(shown)),
        changes=_changes(incident),
    )


def _listed(incidents: Sequence[Incident], clock: Clock) -> list[ListedIncident]:
    found = tries_by_id({one.main["attempt_id"] for one in incidents if one.main})
    ids = {one.webhook_id for one in incidents}
    webhooks = {one.id: one for one in _session().scalars(select(Webhook).where(Webhook.id.in_(ids)))}
    rows = []
    for incident in incidents:
        webhook, attempt = webhooks[incident.webhook_id], found.get(incident.main.get("attempt_id", ""))
        rows.append(ListedIncident(incident, webhook, _why(incident, attempt, webhook, clock), attempt))
    return rows


def _why(incident: Incident, attempt: Attempt | None, webhook: Webhook, clock: Clock) -> Explanation | None:
    """Of its main reason; from what the webhook's lane said, until its tries are counted or once they are gone."""
    if attempt is not None or incident.reason is None:
        return _explained(attempt, webhook, clock)
    status = incident.reason.removeprefix("http_")
    known = {"host": urlsplit(webhook.url).hostname, "status": status if status.isdigit() else None}
    return explain(incident.reason, known, _)


def _explained(attempt: Attempt | None, webhook: Webhook, clock: Clock) -> Explanation | None:
    return explain_attempt(attempt, webhook.timeout_s, clock, RetryPlan()) if attempt else None


def _ends(incident: Incident) -> tuple[list[str], list[str]]:
    """Ids of its first and of its last failed tries, oldest first, along the index of failed tries."""
    if incident.first_attempt_id is None or incident.last_attempt_id is None:
        return [], []
    failed = select(Attempt.id).where(
        Attempt.webhook_id == incident.webhook_id,
        FAILED_OF_A_DELIVERY,
        Attempt.id >= incident.first_attempt_id,
        Attempt.id <= incident.last_attempt_id,
    )
    first = list(_session().scalars(failed.order_by(Attempt.id).limit(TRIES)))
    last = list(_session().scalars(failed.order_by(Attempt.id.desc()).limit(TRIES)))
    return first, last[::-1]


def _changes(incident: Incident) -> Sequence[Change]:
    """What was changed on the webhook from a day before the first failure to the end, oldest first."""
    filters = AuditFilters(
        subject=incident.webhook_id,
        since=incident.opened_at - BEFORE,
        until=(incident.closed_at or utc_now()) + timedelta(seconds=1),
    )
    return entries(_session(), incident.space_id, filters, None, CHANGES).changes[::-1]


def _session() -> Session:
    return db.session()
