"""Ping webhooks that may come back by themselves."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.maintenance.step import Turn
from app.models import Webhook
from app.models.notice import BACK
from app.services.alerts import notices
from app.services.webhooks import recovery_probe


def probe_recoveries(turn: Turn) -> bool:
    """Ping those that are due. Waits for their receivers."""
    recovery_probe.ping_due(_tell_back, turn.stopping)
    return False


def _tell_back(session: Session, webhook: Webhook) -> None:
    notices.tell(session, webhook, BACK, webhook.state_since)
