"""Make, find, change, turn off and delete incoming webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.errors import NotFound
from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.core.validation import check
from app.models import IncomingWebhook
from app.services.incoming.auditing import CREATED, DELETED, EDITED, TURNED_OFF, TURNED_ON, note_on
from app.services.incoming.schema import IncomingWebhookIn

SETTINGS = ("name", "tools", "active", "methods", "read_only", "networks", "rate_per_minute")


@dataclass(frozen=True, slots=True)
class Maker:
    """Whom an incoming webhook acts for: a person, or a key that no person made."""

    person_id: str | None
    api_key_id: str | None = None


def create(space_id: str, data: Mapping[str, Any], maker: Maker) -> IncomingWebhook:
    """A new one, with its address. Raises `Invalid`."""
    from app.services.incoming.addresses import add_address  # noqa: PLC0415 (addresses find by this module)

    checked = check(IncomingWebhookIn, data)
    with transaction() as session:
        webhook = IncomingWebhook(
            space_id=space_id,
            person_id=maker.person_id,
            api_key_id=maker.api_key_id,
            **checked.model_dump(),
        )
        session.add(webhook)
        session.flush()
        add_address(session, webhook.id)
        note_on(session, webhook, CREATED, {}, settings_of(webhook))
    return webhook
