"""A webhook's lane, kept still while its deliveries are moved."""

from __future__ import annotations

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
