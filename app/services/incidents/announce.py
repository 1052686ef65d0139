"""What happened to incidents, in order, until it is taken: the one seam between finding them and telling people.

Nothing is sent from here. Alerts and the space's own events read `untold` and call `told` within the transaction that
tells: each announcement is told once, whatever ends in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.times import utc_now
from app.models import Incident, IncidentAnnouncement
from app.models.incident import CLOSED, OPENED

MOST_AT_ONCE = 100


def opened(session: Session, incident: Incident) -> None:
    """It opened, or opened again."""
    _record(session, incident, OPENED, utc_now())


def closed(session: Session, incident: Incident) -> None:
    """It ended; its counts are complete."""
    _record(session, incident, CLOSED, incident.closed_at or utc_now())


def untold(session: Session, limit: int = MOST_AT_ONCE) -> Sequence[IncidentAnnouncement]:
    """The oldest announcements that nobody has taken, locked: another worker takes others."""
    oldest = select(IncidentAnnouncement).order_by(IncidentAnnouncement.id).limit(limit)
    return session.scalars(oldest.with_for_update(skip_locked=True)).all()


def told(session: Session, ids: Iterable[str]) -> None:
    """These have been told."""
    session.execute(delete(IncidentAnnouncement).where(IncidentAnnouncement.id.in_(list(ids))))


def _record(session: Session, incident: Incident, kind: str, at: datetime) -> None:
    session.add(
        IncidentAnnouncement(
            space_id=incident.space_id,
            webhook_id=incident.webhook_id,
            incident_id=incident.id,
            kind=kind,
            at=at,
        )
    )
