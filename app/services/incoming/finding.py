"""Find an incoming webhook in its space."""

from __future__ import annotations

from sqlalchemy import select

from app.core.errors import NotFound
from app.core.extensions import db
from app.models import IncomingWebhook


def find(space_id: str, incoming_webhook_id: str) -> IncomingWebhook:
    """The one of this space, fresh from the database. Raises `NotFound`."""
    webhook = db.session().scalar(
        select(IncomingWebhook)
        .where(
            IncomingWebhook.id == incoming_webhook_id,
            IncomingWebhook.space_id == space_id,
            IncomingWebhook.deleted_at.is_(None),
        )
        .execution_options(populate_existing=True)
    )
    if webhook is None:
        raise NotFound
    return webhook
