"""The seam between use cases and the audit: whoever acts now is who did it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.audit.differences import Details
from app.audit.record import record
from app.audit.subject import Subject
from app.core.acting import acting
from app.core.actor import Actor


def note(
    session: Session,
    space_id: str,
    action: str,
    subject: Subject,
    details: Details | None = None,
    *,
    by: Actor | None = None,
    at: datetime | None = None,
) -> None:
    """Keep what was done, in the transaction of the use case. `by`: who, if not whoever acts now."""
    record(session, by or acting(), space_id, action, subject, details, at)
