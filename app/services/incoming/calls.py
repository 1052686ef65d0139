"""The log of calls (D4). Neither address nor body of a call is ever kept."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from app.core.expiring_cache import ExpiringCache
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import IncomingCall, IncomingWebhook
from app.services.incoming.admission import TOO_FAST

LONGEST_PATH, LONGEST_DETAIL = 500, 2000
# "Last used" is as exact as that: a busy address must not change its row at every call.
LAST_USED_S = 10
# Of calls that come too fast one a second is kept, in each web process: the log must not be what a flood slows down.
_just_refused: ExpiringCache[bool] = ExpiringCache(seconds=1.0)


@dataclass(frozen=True, slots=True)
class ArrivedCall:
    """A call as it came: where from, what, and when by the monotonic clock (seconds).

    last_used_at: of the incoming webhook before this call.
    """

    from_address: str
    method: str
    path: str
    last_used_at: datetime | None = None
    began: float = field(default_factory=time.monotonic)

    def duration_ms(self) -> int:
        """How long ago it came."""
        return int((time.monotonic() - self.began) * 1000)


def note_call(
    session: Session,
    webhook_id: str,
    call: ArrivedCall,
    status: int,
    reason: str | None = None,
    detail: str | None = None,
) -> None:
    """Keep a call, in the caller's transaction."""
    now = utc_now()
    session.add(
        IncomingCall(
            incoming_webhook_id=webhook_id,
            called_at=now,
            from_address=call.from_address[:64],
            method=call.method[:10],
            path=_storable(call.path)[:LONGEST_PATH],
            status=status,
            reason=reason,
            detail=_storable(detail)[:LONGEST_DETAIL] if detail else None,
            duration_ms=call.duration_ms(),
        )
    )
    long_ago = now - timedelta(seconds=LAST_USED_S)
    if call.last_used_at is None or call.last_used_at < long_ago:
        _note_use(session, webhook_id, now, long_ago, status)


def _note_use(session: Session, webhook_id: str, now: datetime, long_ago: datetime, status: int) -> None:
    """Unless another call has just done it."""
    session.execute(
        update(IncomingWebhook)
        .where(
            IncomingWebhook.id == webhook_id,
            or_(IncomingWebhook.last_used_at.is_(None), IncomingWebhook.last_used_at < long_ago),
        )
        .values(last_used_at=now, last_status=status)
        .execution_options(synchronize_session=False)
    )


def note_refused(
    webhook_id: str, call: ArrivedCall, status: int, reason: str, detail: str | None = None
) -> None:
    """Keep a call that came to nothing, in a transaction of its own."""
    if reason == TOO_FAST and _just_refused.get(webhook_id):
        return
    if reason == TOO_FAST:
        _just_refused.put(webhook_id, True)
    with transaction() as session:
        note_call(session, webhook_id, call, status, reason, detail)


def _storable(text: str) -> str:
    """Text without NUL and lone surrogates, which PostgreSQL refuses."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
