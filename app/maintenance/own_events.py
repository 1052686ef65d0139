"""Publish that deliveries failed for good, to the spaces that want to know (F8)."""

from __future__ import annotations

from app.maintenance.step import Turn
from app.services.events.failed_deliveries import publish_failed


def publish_own_events(turn: Turn) -> bool:
    """Part by part, as long as this turn goes on."""
    while publish_failed():
        if not turn.goes_on():
            return True
    return False
