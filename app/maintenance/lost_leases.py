"""Release leases that ran out: their worker vanished, so their deliveries are sent again."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import select

from app.core.extensions import db
from app.core.times import utc_now
from app.ledger.moves import release_lost_in
from app.maintenance.step import Turn, move_all
from app.models import Lease


def release_lost_leases(turn: Turn) -> bool:
    """Webhook by webhook; one with many lost leases goes on in the next turn."""
    now = utc_now()
    ended = select(Lease.webhook_id).where(Lease.until < now).distinct().order_by(Lease.webhook_id)
    webhook_ids = db.session.scalars(ended).all()
    for webhook_id in webhook_ids:
        if move_all(turn, lambda session, one=webhook_id: release_lost_in(session, one, now)):  # type: ignore[misc]
            return True
    if webhook_ids:
        current_app.extensions["doorbell"].ring()
    return False
