"""Webhooks by their names and ids."""

from __future__ import annotations

from sqlalchemy import select

from app.core.extensions import db
from app.models import Webhook
from app.models.comparing import folded

# Names are compared as a person would, which no database does, so they are read: a space has few.
MOST_READ = 5_000


def find_webhooks(space_id: str, typed: str, limit: int) -> list[tuple[str, str]]:
    """(id, name) of those whose name has what was typed in it, or whose id it is; not deleted, oldest first."""
    wanted = folded(typed.strip())
    if not wanted:
        return []
    query = select(Webhook.id, Webhook.name).where(Webhook.space_id == space_id, Webhook.deleted_at.is_(None))
    rows = db.session().execute(query.order_by(Webhook.id).limit(MOST_READ))
    return [(row.id, row.name) for row in rows if row.id == wanted or wanted in folded(row.name)][:limit]
