"""What was done to an incoming webhook, as the audit keeps it. No address and no secret ever stands there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.audit.differences import Snapshot, detail, differences
from app.audit.subject import INCOMING_WEBHOOK, Subject
from app.models import IncomingWebhook
from app.services.auditing import note

PREFIX = "incoming."


def note_on(
    session: Session,
    webhook: IncomingWebhook,
    action: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Keep that it was done, with what differs between the two, in the caller's transaction."""
    details = differences(_snapshot(before), _snapshot(after))
    if not any(one["field"] == f"{PREFIX}name" for one in details):
        details.append(detail(f"{PREFIX}name", None, webhook.name))
    note(session, webhook.space_id, action, Subject(INCOMING_WEBHOOK, webhook.id), details)


def _snapshot(values: Mapping[str, Any] | None) -> Snapshot:
    return Snapshot({PREFIX + name: value for name, value in (values or {}).items()}, {})
