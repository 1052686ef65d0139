"""What people did to the webhooks of the demo before anybody looked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from app.audit.subject import WEBHOOK
from app.core.actor import PERSON
from app.core.ids import new_id
from app.core.times import ms_of
from app.demo.scenes import Scene
from app.models import Change, Confirmation, Webhook, WebhookVersion
from app.models.confirmation import VALID_FOR
from app.models.webhook import OFF, ON
from app.services.webhooks.changes import CREATED, EDITED, TURNED_ON, detail


def history(webhook: Webhook, scene: Scene, now: datetime) -> Iterator[Any]:
    """What people did to it, and the link that its receiver has not followed yet."""
    made = now - timedelta(days=20)
    yield WebhookVersion(
        webhook_id=webhook.id,
        version=1,
        space_id=webhook.space_id,
        valid_from=made,
        state=webhook.state,
        state_reason=webhook.state_reason,
        events=webhook.events,
        projects=[],
        conditions=[],
        verification=webhook.verification,
        actor_kind=PERSON,
        actor_name="ada@example.com",
    )
    yield _change(webhook, CREATED, made, [detail("name", None, webhook.name)])
    yield _change(webhook, EDITED, made + timedelta(hours=2), [detail("name", "Test", webhook.name)])
    if scene.failing_hours:  # what somebody changed a while before it began to fail
        before = now - timedelta(hours=scene.failing_hours, minutes=25)
        yield _change(webhook, EDITED, before, [detail("timeout_s", 10, 5)])
    if scene.state != OFF:
        yield _change(webhook, TURNED_ON, made + timedelta(hours=3), [detail("state", OFF, ON)])
    if scene.unconfirmed:
        yield Confirmation(
            space_id=webhook.space_id,
            webhook_id=webhook.id,
            token_hash=new_id("demo"),
            url=webhook.url,
            asked_at=now - timedelta(hours=5),
            expires_at=now - timedelta(hours=5) + VALID_FOR,
            status=200,
        )


def _change(webhook: Webhook, kind: str, at: datetime, details: list[dict[str, Any]]) -> Change:
    return Change(
        id=new_id("chg", ms_of(at)),
        space_id=webhook.space_id,
        subject_kind=WEBHOOK,
        subject_id=webhook.id,
        kind=kind,
        at=at,
        actor_kind=PERSON,
        actor_name="ada@example.com",
        address="198.51.100.7",
        details=details,
    )
