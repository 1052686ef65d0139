"""Tell people and programs of incidents that opened and closed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.maintenance.step import Turn
from app.models import Incident, IncidentAnnouncement, Webhook
from app.models.incident import OPENED
from app.services.alerts import happenings
from app.services.incidents import announce

AT_ONCE = 20


def tell_of_incidents(turn: Turn) -> bool:
    """Few in a transaction, in the order in which they happened, as long as this turn goes on."""
    while turn.goes_on():
        with transaction() as session:
            news = announce.untold(session, AT_ONCE)
            for one in news:
                _tell(session, one)
            announce.told(session, [one.id for one in news])
        if len(news) < AT_ONCE:
            return False
    return True


def _tell(session: Session, news: IncidentAnnouncement) -> None:
    """What retention or a deletion took meanwhile is no news any more."""
    incident, webhook = session.get(Incident, news.incident_id), session.get(Webhook, news.webhook_id)
    if incident is None or webhook is None or webhook.deleted_at is not None:
        return
    reason, tries = incident.reason or "internal", incident.attempts
    if news.kind == OPENED:
        happenings.incident_opened(
            session,
            webhook,
            incident_id=incident.id,
            reason=reason,
            opened_at=incident.opened_at,
            failed=tries,
        )
    else:
        happenings.incident_closed(
            session,
            webhook,
            incident_id=incident.id,
            reason=reason,
            opened_at=incident.opened_at,
            closed_at=news.at,
            failed=tries,
        )
