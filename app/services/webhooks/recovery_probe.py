"""Back by itself: ping a webhook that we turned off now and then, and go on once its answer passes (B5).

Only where the webhook is set so, and never after 410 Gone, with which the receiver said that it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, cast

from flask import current_app
from sqlalchemy import CursorResult, literal_column, select, update
from sqlalchemy.orm import Session

from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import RecoveryProbe, Webhook
from app.models.attempt import PING
from app.models.delivery import SUCCEEDED
from app.models.recovery_probe import gap_after
from app.models.webhook import FAILURES, ON, STOPPED
from app.queries.spaces import in_use
from app.services.webhooks import changes
from app.services.webhooks.finding import find
from app.services.webhooks.holding import GO_ON
from app.services.webhooks.probe import probe_webhook
from app.services.webhooks.state import set_state

AT_ONCE = 20


def plan(session: Session, webhook: Webhook) -> None:
    """It was turned off by us: plan the first ping, within the caller's transaction."""
    if webhook.state_reason != FAILURES:
        return
    planned = session.get(RecoveryProbe, webhook.id)
    if planned is None:
        planned = RecoveryProbe(webhook_id=webhook.id, pings=0)
        session.add(planned)
    planned.begin(utc_now())


def ping_due(on_return: Callable[[Session, Webhook], None], stopping: Callable[[], bool]) -> int:
    """Ping what is due, one after the other; returns how many came back.

    `on_return` is called within the transaction that turns a webhook on.
    """
    returned = 0
    for row in _due():
        if stopping():
            break
        if _claim(row.webhook_id, row.due_at, row.pings + 1):
            returned += _ping(row.space_id, row.webhook_id, on_return)
    return returned


def _due() -> Sequence[Any]:
    stopped = Webhook.state == literal_column(f"'{STOPPED}'")
    return (
        db.session()
        .execute(
            select(RecoveryProbe.webhook_id, Webhook.space_id, RecoveryProbe.due_at, RecoveryProbe.pings)
            .join(Webhook, Webhook.id == RecoveryProbe.webhook_id)
            .where(
                stopped,
                Webhook.state_reason == FAILURES,
                Webhook.back_by_itself,
                Webhook.deleted_at.is_(None),
                RecoveryProbe.due_at <= utc_now(),
                in_use(Webhook.space_id),
            )
            .order_by(RecoveryProbe.due_at)
            .limit(AT_ONCE)
        )
        .all()
    )


def _claim(webhook_id: str, due_at: datetime, pings: int) -> bool:
    """Plan the ping after this one. Whoever finds the plan unchanged does this one."""
    with transaction() as session:
        result = session.execute(
            update(RecoveryProbe)
            .where(RecoveryProbe.webhook_id == webhook_id, RecoveryProbe.due_at == due_at)
            .values(pings=pings, due_at=utc_now() + gap_after(pings))
        )
    return cast("CursorResult[Any]", result).rowcount == 1


def _ping(space_id: str, webhook_id: str, on_return: Callable[[Session, Webhook], None]) -> bool:
    webhook = find(space_id, webhook_id)
    stopped_since = webhook.state_since
    if webhook.must_confirm:
        return False
    if probe_webhook(webhook, PING).outcome != SUCCEEDED:
        return False
    with transaction() as session:
        webhook = find(space_id, webhook_id)
        if webhook.state != STOPPED or webhook.state_since != stopped_since:
            return False  # a person was quicker
        set_state(session, webhook, ON, changes.BACK)
        webhook.lane.begin_anew()
        webhook.lane.held_order = GO_ON
        session.execute(
            update(RecoveryProbe).where(RecoveryProbe.webhook_id == webhook_id).values(recovered_at=utc_now())
        )
        on_return(session, webhook)
    current_app.extensions["doorbell"].ring()
    return True
