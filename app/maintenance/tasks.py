"""What a worker does beside delivering: tell people, hand over letters, see whether a webhook is back.

Each of these may wait for somebody else's server, so none of them runs where deliveries run.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from app.models import Webhook
from app.models.notice import BACK
from app.services.alerts import mail, notices
from app.services.webhooks import recovery_probe

Stopping = Callable[[], bool]


def tell_people(stopping: Stopping) -> None:
    """Notice what there is to tell, then hand over the letters that are due."""
    notices.look()
    mail.send_due(stopping)


def look_who_is_back(stopping: Stopping) -> None:
    """Ping webhooks that may come back by themselves."""
    recovery_probe.ping_due(_tell_back, stopping)


def _tell_back(session: Session, webhook: Webhook) -> None:
    notices.tell(session, webhook, BACK, webhook.state_since)
