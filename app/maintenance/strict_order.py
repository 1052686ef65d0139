"""Put what waits for webhooks into strict order where that was asked for and there is much of it."""

from __future__ import annotations

from flask import current_app

from app.core.transaction import transaction
from app.ledger.moves import LanePlace, sort_waiting
from app.maintenance.step import Turn
from app.services.webhooks.holding import being_sorted

# How far this worker has come with each webhook. Another one, or a new one, walks from the beginning, which does
# no harm.
_places: dict[str, LanePlace] = {}


def sort_lanes(turn: Turn) -> bool:
    """Webhook by webhook."""
    for webhook_id in being_sorted():
        if not _sort(turn, webhook_id):
            return True
        current_app.extensions["doorbell"].ring()
    return False


def _sort(turn: Turn, webhook_id: str) -> bool:
    """True once all is in order, False if the turn ended before."""
    place: LanePlace | None = _places.get(webhook_id, LanePlace())
    while place is not None:
        with transaction() as session:
            place = sort_waiting(session, webhook_id, place)
        if place is None:
            break
        _places[webhook_id] = place
        if not turn.goes_on():
            return False
    _places.pop(webhook_id, None)
    return True
