"""The one place that moves a webhook from state to state, and keeps that it did."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.core.times import utc_now
from app.models import Webhook
from app.services.webhooks import changes
from app.services.webhooks.settings import touch


def set_state(
    session: Session,
    webhook: Webhook,
    state: str,
    kind: str,
    more: changes.Details | None = None,
    reason: str | None = None,
) -> None:
    """Move a webhook to a state, within the caller's transaction. `kind`: what it is called in its changes."""
    switched = [changes.detail("state", webhook.state, state)] if webhook.state != state else []
    changes.record(session, webhook, kind, [*switched, *(more or [])])
    webhook.state, webhook.state_reason, webhook.state_since = state, reason, utc_now()
    touch(webhook)
