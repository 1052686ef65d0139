"""The one place that writes an entry. It is stored with the caller's rows, or not at all."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.audit.differences import Details
from app.audit.subject import Subject
from app.core.actor import Actor
from app.core.ids import new_id
from app.core.times import ms_of, utc_now
from app.models import Change


def record(
    session: Session,
    actor: Actor,
    space_id: str,
    action: str,
    subject: Subject,
    details: Details | None = None,
    at: datetime | None = None,
) -> None:
    """Keep what was done, within the caller's transaction. `at`: when, if it is found out later."""
    moment = at or utc_now()
    session.add(
        Change(
            id=new_id("chg", ms_of(at)) if at else new_id("chg"),
            space_id=space_id,
            subject_kind=subject.kind,
            subject_id=subject.id,
            kind=action,
            at=moment,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=_storable(actor.name)[:254],
            address=_storable(actor.address)[:64],
            details=details or [],
        )
    )


def _storable(text: str) -> str:
    """Text without NUL and lone surrogates, which PostgreSQL refuses."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
