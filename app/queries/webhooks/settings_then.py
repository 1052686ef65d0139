"""What webhooks wanted at a moment in the past: their settings now, with later changes taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.core.extensions import db
from app.core.ids import first_id
from app.core.times import ms_of
from app.models import Change, Webhook

_WANTED = frozenset({"state", "events", "projects", "conditions"})


@dataclass(frozen=True, slots=True)
class WantedThen:
    """What decides whether a webhook gets an event, as it was then."""

    state: str
    events: Sequence[str]
    projects: Sequence[str]
    conditions: Sequence[dict[str, Any]]


def wanted_then(space_id: str, webhooks: Iterable[Webhook], at: datetime) -> dict[str, WantedThen]:
    """By webhook id, what each of these webhooks of the space wanted at that moment.

    The first later change of a setting tells what it was before. One statement.
    """
    before: dict[str, dict[str, Any]] = {}
    for webhook_id, details in _changes_after(space_id, at):
        known = before.setdefault(webhook_id, {})
        for detail in details:
            if detail["field"] in _WANTED:
                known.setdefault(detail["field"], detail["before"])
    return {webhook.id: _as_it_was(webhook, before.get(webhook.id, {})) for webhook in webhooks}


def _as_it_was(webhook: Webhook, before: dict[str, Any]) -> WantedThen:
    return WantedThen(
        state=before.get("state") or webhook.state,
        events=before.get("events") or webhook.events,
        projects=before.get("projects", webhook.projects) or [],
        conditions=before.get("conditions", webhook.conditions) or [],
    )


def _changes_after(space_id: str, at: datetime) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    """Changes that came after that moment, oldest first. Ids begin with their time in milliseconds."""
    first = first_id("chg", ms_of(at) + 1)
    query = select(Change.webhook_id, Change.details).where(
        Change.space_id == space_id, Change.webhook_id.is_not(None), Change.id >= first
    )
    rows = db.session().execute(query.order_by(Change.id))
    return [(str(webhook_id), details) for webhook_id, details in rows]
