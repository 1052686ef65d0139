"""A webhook's lane, kept still while its deliveries are moved."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.models import Lane


def lock_lane(session: Session, webhook_id: str) -> None:
    """Until this transaction ends no worker claims from the lane, nor one whose claim has begun already.

    By an update that changes nothing, not only a lock: a claim leaves out lanes that were written since it began.
    """
    session.execute(
        update(Lane)
        .where(Lane.webhook_id == webhook_id)
        .values(in_flight=Lane.in_flight)
        .execution_options(synchronize_session=False)
    )


def forget_ended_run(session: Session, webhook_id: str, ended_at: datetime) -> None:
    """An incident tells of the run of failures that ended then; of one that has ended since it does not yet."""
    session.execute(
        update(Lane)
        .where(Lane.webhook_id == webhook_id, Lane.ended_run_at == ended_at)
        .values(ended_run_since=None, ended_run_at=None)
        .execution_options(synchronize_session=False)
    )
