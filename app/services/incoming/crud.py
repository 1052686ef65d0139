"""Make, find, change, turn off and delete incoming webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.audit.actions import CREATED, DELETED, EDITED, TURNED_OFF, TURNED_ON
from app.core.times import utc_now
from app.core.transaction import transaction
from app.core.validation import check, overlaid
from app.models import IncomingWebhook
from app.services.incoming.addresses import add_address, revoke_all
from app.services.incoming.auditing import note_on
from app.services.incoming.finding import find
from app.services.incoming.schema import IncomingWebhookIn

SETTINGS = tuple(IncomingWebhookIn.model_fields)


@dataclass(frozen=True, slots=True)
class Maker:
    """Whom an incoming webhook acts for: a person, or a key that no person made."""

    person_id: str | None
    api_key_id: str | None = None


def create(space_id: str, data: Mapping[str, Any], maker: Maker) -> IncomingWebhook:
    """A new one, with its address, ready to be called. Raises `Invalid`."""
    checked = check(IncomingWebhookIn, data)
    with transaction() as session:
        webhook = IncomingWebhook(
            space_id=space_id, person_id=maker.person_id, api_key_id=maker.api_key_id, **checked.model_dump()
        )
        session.add(webhook)
        session.flush()
        add_address(session, webhook.id)
        note_on(session, webhook, CREATED, {}, settings_of(webhook))
    return webhook


def settings_of(webhook: IncomingWebhook) -> dict[str, Any]:
    """Its settings, in the shape that `create` and `update` take."""
    return {name: getattr(webhook, name) for name in SETTINGS}


def update(space_id: str, incoming_webhook_id: str, data: Mapping[str, Any]) -> IncomingWebhook:
    """Change the settings that `data` names. Raises `NotFound` and `Invalid`."""
    with transaction() as session:
        webhook = find(space_id, incoming_webhook_id)
        before = settings_of(webhook)
        checked = check(IncomingWebhookIn, overlaid(before, data))
        for name, value in checked.model_dump().items():
            setattr(webhook, name, value)
        if settings_of(webhook) != before:
            webhook.updated_at = utc_now()
            note_on(session, webhook, EDITED, before, settings_of(webhook))
    return webhook


def set_active(space_id: str, incoming_webhook_id: str, active: bool) -> IncomingWebhook:
    """Turn it on or off. Raises `NotFound`."""
    with transaction() as session:
        webhook = find(space_id, incoming_webhook_id)
        if webhook.active != active:
            webhook.active = active
            webhook.updated_at = utc_now()
            note_on(session, webhook, TURNED_ON if active else TURNED_OFF)
    return webhook


def delete(space_id: str, incoming_webhook_id: str) -> None:
    """Delete it: its address is as unknown as any other at once; its log stays until retention. Raises `NotFound`."""
    with transaction() as session:
        webhook = find(space_id, incoming_webhook_id)
        webhook.deleted_at = webhook.updated_at = utc_now()
        webhook.active = False
        revoke_all(session, webhook.id)
        note_on(session, webhook, DELETED, {"name": webhook.name}, {})
