"""When webhooks that we turned off are pinged next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select

from app.core.extensions import db
from app.models import RecoveryProbe, Webhook
from app.models.webhook import FAILURES, STOPPED


def next_pings(webhooks: Iterable[Webhook]) -> Mapping[str, datetime]:
    """By webhook id the next ping of those that may come back by themselves: one query, none if none may."""
    ids = [w.id for w in webhooks if w.back_by_itself and w.state == STOPPED and w.state_reason == FAILURES]
    if not ids:
        return {}
    rows = db.session().execute(
        select(RecoveryProbe.webhook_id, RecoveryProbe.due_at).where(RecoveryProbe.webhook_id.in_(ids))
    )
    return {row[0]: row[1] for row in rows}
