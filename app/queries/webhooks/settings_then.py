"""What webhooks wanted at a moment in the past: the version that was valid then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.core.extensions import db
from app.models import Webhook, WebhookVersion
from app.models.webhook import OFF


@dataclass(frozen=True, slots=True)
class WantedThen:
    """What decides whether a webhook gets an event, as it was then."""

    state: str
    events: Sequence[str]
    projects: Sequence[str]
    conditions: Sequence[dict[str, Any]]


# Of a webhook that was not there yet.
_NOTHING = WantedThen(OFF, (), (), ())


def wanted_then(space_id: str, webhooks: Iterable[Webhook], at: datetime) -> dict[str, WantedThen]:
    """By webhook id, what each of these webhooks of the space wanted at that moment. One statement."""
    ids = [webhook.id for webhook in webhooks]
    newest = (
        select(WebhookVersion.webhook_id, func.max(WebhookVersion.version).label("version"))
        .where(WebhookVersion.webhook_id.in_(ids), WebhookVersion.valid_from <= at)
        .group_by(WebhookVersion.webhook_id)
        .subquery()
    )
    valid = (WebhookVersion.webhook_id == newest.c.webhook_id) & (WebhookVersion.version == newest.c.version)
    query = select(WebhookVersion).join(newest, valid).where(WebhookVersion.space_id == space_id)
    then = {row.webhook_id: _as_it_was(row) for row in db.session().scalars(query)}
    return {webhook_id: then.get(webhook_id, _NOTHING) for webhook_id in ids}


def _as_it_was(row: WebhookVersion) -> WantedThen:
    return WantedThen(row.state, row.events, row.projects, row.conditions)
