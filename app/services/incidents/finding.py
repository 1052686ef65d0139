"""Open, follow and end incidents. Any number of workers may do it at once, and doing it twice does no harm.

A lane knows how long its webhook has been failing, and of a run that has ended when that was (`Lane.ended_run_at`),
so nothing is lost if nobody looked meanwhile. A webhook has at most one open incident: an index says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select, union
from sqlalchemy.orm import Session

from app.core.extensions import db
from app.core.ids import new_id
from app.core.times import ms_of, utc_now
from app.ledger.lanes import forget_ended_run
from app.models import Incident, Lane, Webhook
from app.models.incident import ACCEPTED, DELETED, TURNED_OFF, TURNED_ON
from app.models.webhook import OFF, STOPPED
from app.services.incidents import announce
from app.services.incidents.counting import count_more

# What is recorded stands in the table this long after its id was made, at the latest: counting stays behind by it.
LAG = timedelta(seconds=3)
# A webhook that fails again so soon after an incident goes on with that one.
SAME_WITHIN = timedelta(minutes=2)
MOST_AT_ONCE = 500


def to_open() -> Sequence[str]:
    """Webhooks that fail, or failed for a while, and have no open incident. Along the indexes of such lanes."""
    failing = _lanes().where(
        Lane.failing_since.is_not(None),
        or_(Lane.failures_in_a_row >= Lane.FAILING_FROM, Webhook.state == STOPPED),
        Webhook.state != OFF,
    )
    ended = _lanes().where(Lane.ended_run_at.is_not(None))
    found = db.session().execute(union(failing, ended).limit(MOST_AT_ONCE))
    return [row[0] for row in found]


def to_follow() -> Sequence[str]:
    """Open incidents of which something is new: a failure, an end, or what became of the webhook."""
    return (
        db.session()
        .scalars(
            select(Incident.id)
            .join(Lane, Lane.webhook_id == Incident.webhook_id)
            .join(Webhook, Webhook.id == Incident.webhook_id)
            .where(
                Incident.closed_at.is_(None),
                or_(
                    Incident.last_failure_at.is_(None),
                    Lane.last_failure_at > Incident.last_failure_at,
                    Lane.ended_run_at.is_not(None),
                    Lane.failing_since.is_(None),
                    Webhook.state == OFF,
                ),
            )
            .limit(MOST_AT_ONCE)
        )
        .all()
    )


def open_incident(session: Session, webhook_id: str) -> Incident | None:
    """Open the incident of a webhook that fails, or go on with one that ended just now; None if it does not fail."""
    webhook, lane = _read(session, webhook_id)
    begin = lane.ended_run_since or lane.failing_since
    if begin is None or webhook.deleted_at or _is_open(session, webhook_id):
        if webhook.deleted_at and lane.ended_run_at:
            forget_ended_run(session, webhook_id, lane.ended_run_at)
        return None
    incident = _just_ended(session, webhook_id, begin)
    if incident is None:
        incident = Incident(
            id=new_id("inc", ms_of(begin)), space_id=webhook.space_id, webhook_id=webhook_id, opened_at=begin
        )
        session.add(incident)
    incident.closed_at = incident.ended_by = None
    incident.reason = incident.reason or lane.last_reason
    session.flush()
    announce.opened(session, incident)
    return incident


def follow(session: Session, incident_id: str, now: datetime | None = None) -> bool:
    """Count what failed since, and end the incident if it is over; True if there is more to count at once."""
    now = now or utc_now()
    query = select(Incident).where(Incident.id == incident_id, Incident.closed_at.is_(None))
    incident = session.scalar(
        query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    )
    if incident is None:  # another worker has it, or ended it
        return False
    webhook, lane = _read(session, incident.webhook_id)
    if count_more(session, incident, ms_of(now - LAG)):
        return True
    end = _end(incident, webhook, lane)
    if end is not None and end[0] <= now - LAG:
        _close(session, incident, *end)
    if lane.ended_run_at is not None and lane.ended_run_at <= now - LAG:
        forget_ended_run(session, incident.webhook_id, lane.ended_run_at)
    return False


def _lanes() -> Select[str]:
    open_one = select(Incident.id).where(Incident.webhook_id == Lane.webhook_id, Incident.closed_at.is_(None))
    return select(Lane.webhook_id).join(Webhook, Webhook.id == Lane.webhook_id).where(~open_one.exists())


def _read(session: Session, webhook_id: str) -> tuple[Webhook, Lane]:
    webhook = session.get_one(Webhook, webhook_id, populate_existing=True)
    return webhook, session.get_one(Lane, webhook_id, populate_existing=True)


def _is_open(session: Session, webhook_id: str) -> bool:
    """The lane stays locked meanwhile, so that no two workers find that there is none."""
    session.scalar(select(Lane.webhook_id).where(Lane.webhook_id == webhook_id).with_for_update())
    found = select(Incident.id).where(Incident.webhook_id == webhook_id, Incident.closed_at.is_(None))
    return session.scalar(found) is not None


def _just_ended(session: Session, webhook_id: str, begin: datetime) -> Incident | None:
    newest = select(Incident).where(Incident.webhook_id == webhook_id).order_by(Incident.id.desc()).limit(1)
    incident = session.scalar(newest.execution_options(populate_existing=True))
    if incident is None or incident.ended_by != ACCEPTED or incident.closed_at is None:
        return None
    return incident if incident.closed_at >= begin - SAME_WITHIN else None


def _end(incident: Incident, webhook: Webhook, lane: Lane) -> tuple[datetime, str] | None:
    """When it ended and by what; None while it goes on."""
    if webhook.deleted_at:
        return webhook.deleted_at, DELETED
    fails_again = lane.failing_since is not None and lane.failures_in_a_row >= Lane.FAILING_FROM
    if lane.ended_run_at and not fails_again:
        return lane.ended_run_at, ACCEPTED
    if webhook.state == OFF:
        return webhook.state_since, TURNED_OFF
    if lane.failing_since is None:
        return webhook.state_since, TURNED_ON
    return None


def _close(session: Session, incident: Incident, at: datetime, by: str) -> None:
    """It cannot have ended before the last failure that it counts."""
    incident.closed_at = max(at, incident.last_failure_at or incident.opened_at)
    incident.ended_by = by
    session.flush()
    announce.closed(session, incident)
