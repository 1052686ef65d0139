"""What other parts call when something happened that people and programs are told of: one call, all of it.

Within the caller's transaction: the notice (once, however often it is called), the letters, the event of the space.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.models import Webhook
from app.models.notice import INCIDENT_CLOSED, INCIDENT_OPENED, RECOVERY_FINISHED
from app.services.alerts.notices import tell
from app.services.events import about_webhooks


def incident_opened(
    session: Session, webhook: Webhook, *, incident_id: str, reason: str, opened_at: datetime, failed: int
) -> None:
    """A webhook that worked has begun to fail. `reason`: the API's word; `failed`: tries so far."""
    incident = {"id": incident_id, "reason": reason, "opened_at": opened_at, "failed": failed}
    details = {"incident_id": incident_id, "reason": reason, "failed": failed}
    if tell(session, webhook, INCIDENT_OPENED, opened_at, details=details):
        about_webhooks.incident_opened(session, webhook, incident)


def incident_closed(
    session: Session,
    webhook: Webhook,
    *,
    incident_id: str,
    reason: str,
    opened_at: datetime,
    closed_at: datetime,
    failed: int,
) -> None:
    """It works again."""
    incident = {
        "id": incident_id,
        "reason": reason,
        "opened_at": opened_at,
        "closed_at": closed_at,
        "failed": failed,
    }
    details = {"incident_id": incident_id, "reason": reason, "failed": failed}
    details["opened_at"] = about_webhooks.time_of(opened_at)
    if tell(session, webhook, INCIDENT_CLOSED, closed_at, details=details):
        about_webhooks.incident_closed(session, webhook, incident)


def recovery_finished(
    session: Session,
    webhook: Webhook,
    *,
    recovery_id: str,
    state: str,
    total: int,
    done: int,
    succeeded: int,
    failed: int,
    skipped: int,
    finished_at: datetime,
) -> None:
    """A resending of many events came to its end, or was stopped (`state` says which)."""
    counts = {"total": total, "done": done, "succeeded": succeeded, "failed": failed, "skipped": skipped}
    details = {"recovery_id": recovery_id, "state": state, **counts}
    if tell(session, webhook, RECOVERY_FINISHED, finished_at, details=details):
        recovery = {"id": recovery_id, "state": state, **counts, "finished_at": finished_at}
        about_webhooks.recovery_finished(session, webhook, recovery)
