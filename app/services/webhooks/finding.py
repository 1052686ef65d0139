"""Find a webhook to work on."""

from __future__ import annotations

from sqlalchemy import select

from app.core.errors import NotFound
from app.core.extensions import db
from app.models import Webhook


def find(space_id: str, webhook_id: str, *, lock: bool = False) -> Webhook:
    """The webhook of this space, fresh from the database, or `NotFound`. Deleted ones are not found.

    `lock`: nobody else changes it until the end of the transaction.
    """
    query = (
        select(Webhook)
        .where(Webhook.id == webhook_id, Webhook.space_id == space_id, Webhook.deleted_at.is_(None))
        .execution_options(populate_existing=True)
    )
    webhook = db.session().scalar(query.with_for_update() if lock else query)
    if webhook is None:
        raise NotFound
    return webhook
