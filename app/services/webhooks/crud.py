"""Create, change, duplicate and delete a webhook (A1, A15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.delivery.signing import new_secret
from app.extensions import db
from app.models import Lane, SigningSecret, Webhook
from app.models.base import new_id, utc_now
from app.models.webhook import OFF
from app.services.errors import NotFound
from app.services.transaction import transaction
from app.services.webhooks import changes, settings
from app.services.webhooks.holding import cancel_waiting


@dataclass(frozen=True, slots=True)
class Created:
    """A new webhook and its secret key, which is shown once here."""

    webhook: Webhook
    secret: str


def find(space_id: str, webhook_id: str) -> Webhook:
    """The webhook of this space, fresh from the database, or `NotFound`. Deleted ones are not found."""
    webhook = db.session().scalar(
        select(Webhook)
        .where(Webhook.id == webhook_id, Webhook.space_id == space_id, Webhook.deleted_at.is_(None))
        .execution_options(populate_existing=True)
    )
    if webhook is None:
        raise NotFound
    return webhook


def create(space_id: str, data: Mapping[str, Any], copied_from: str | None = None) -> Created:
    """A new webhook, off, with a secret key of its own. Raises `Invalid`.

    `copied_from`: the id of the webhook that it is a copy of, for the record of changes.
    """
    new = settings.checked(space_id, data)
    return _store(space_id, new, settings.completed(new, None), copied_from)


def duplicate(space_id: str, webhook_id: str) -> Created:
    """A copy, off, with its own secret key. Raises `Invalid` if the original carries secrets.

    Secrets are never copied, so a webhook that needs some is duplicated by `create` with them typed.
    """
    data = settings.duplicate_settings(find(space_id, webhook_id))
    return create(space_id, data, copied_from=webhook_id)


def update(space_id: str, webhook_id: str, data: Mapping[str, Any]) -> Webhook:
    """Change the settings that `data` names. Raises `NotFound` or `Invalid`."""
    with transaction() as session:
        webhook = find(space_id, webhook_id)
        before = changes.snapshot(webhook)
        new = settings.checked(space_id, settings.merged(webhook, data))
        settings.apply(webhook, new, settings.completed(new, webhook))
        changes.record_edit(session, webhook, before)
    return webhook


def delete(space_id: str, webhook_id: str) -> None:
    """Delete a webhook: its history stays readable, what waits is cancelled. Raises `NotFound`."""
    with transaction() as session:
        webhook = find(space_id, webhook_id)
        changes.record(session, webhook, changes.DELETED, [changes.detail("state", webhook.state, None)])
        webhook.deleted_at = utc_now()
        webhook.state, webhook.state_reason, webhook.state_since = OFF, "deleted", utc_now()
        webhook.subscriptions = []
        webhook.auth_password = webhook.own_headers = None
        settings.touch(webhook)
        session.query(SigningSecret).filter_by(webhook_id=webhook.id).delete()
        cancel_waiting(session, webhook.id)


def _store(space_id: str, new: Any, secrets: settings.Secrets, copied_from: str | None) -> Created:
    secret = new_secret()
    with transaction() as session:
        webhook = Webhook(id=new_id("whk"), space_id=space_id, state=OFF, version=0, lane=Lane())
        settings.apply(webhook, new, secrets)
        session.add(webhook)
        session.flush()
        session.add(SigningSecret(webhook_id=webhook.id, secret=settings.vault().lock(secret)))
        details = changes.differences(changes.NOTHING, changes.snapshot(webhook))
        if copied_from:
            details.append(changes.detail("copied_from", None, copied_from))
        changes.record(session, webhook, changes.CREATED, details)
    return Created(webhook, secret)
