"""Stop a recovery."""

from __future__ import annotations

from sqlalchemy import select

from app.audit.actions import RECOVERY_STOPPED
from app.audit.differences import detail
from app.audit.subject import WEBHOOK, Subject
from app.core.errors import NotFound
from app.core.transaction import transaction
from app.models import Recovery
from app.models.recovery import BY_PERSON, RUNNING
from app.services.auditing import note


def stop(space_id: str, recovery_id: str) -> Recovery:
    """Send nothing more of it: what waits goes back to what it was, what is under way right now is left to its end.

    One that has ended stays as it is. Raises `NotFound`.
    """
    with transaction() as session:
        query = select(Recovery).where(Recovery.id == recovery_id, Recovery.space_id == space_id)
        recovery = session.scalar(query.with_for_update().execution_options(populate_existing=True))
        if recovery is None:
            raise NotFound
        if recovery.state == RUNNING:
            recovery.stop(BY_PERSON)
            what = [detail("recovery.id", None, recovery.id), detail("recovery.done", None, recovery.done)]
            note(session, space_id, RECOVERY_STOPPED, Subject(WEBHOOK, recovery.webhook_id), what)
        session.flush()
        session.refresh(recovery)
    return recovery
