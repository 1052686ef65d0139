"""The question before a resend job: how many, to whom, from when to when, how long it takes, what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.core.extensions import db
from app.core.times import from_ms
from app.models import Webhook
from app.queries.recoveries.counting import Counted, count_scope
from app.queries.recoveries.estimating import estimated_seconds
from app.queries.recoveries.resolving import first_and_last, webhooks_of
from app.queries.recoveries.scope import Scope
from app.services.recoveries import refuse_if_impossible
from app.web.recoveries.asked import Asked


@dataclass(frozen=True, slots=True)
class Part:
    """What goes to one webhook. `refused`: what to do first, if nothing can be sent through it now."""

    scope: Scope
    webhook: Webhook
    counted: Counted
    refused: str
    seconds: int
    oldest: datetime | None
    newest: datetime | None

    @property
    def can_start(self) -> bool:
        """True if there is something to send and nothing in the way."""
        return bool(self.counted.to_send) and not self.refused


@dataclass(frozen=True, slots=True)
class Plan:
    """All parts."""

    parts: list[Part]

    @property
    def to_start(self) -> list[Part]:
        """Those that can start."""
        return [part for part in self.parts if part.can_start]

    @property
    def to_send(self) -> int:
        """How many events would be sent now."""
        return sum(part.counted.to_send for part in self.to_start)

    @property
    def delivered(self) -> int:
        """How many were delivered since, and are skipped."""
        return sum(part.counted.delivered for part in self.parts)


def plan_of(space_id: str, asked: Asked) -> Plan:
    """The plan for what was asked. A webhook of another space has no part in it."""
    session = db.session()
    webhooks = webhooks_of(session, space_id, {scope.webhook_id for scope in asked.scopes})
    known = [scope for scope in asked.scopes if scope.webhook_id in webhooks]
    return Plan([_part(session, scope, webhooks[scope.webhook_id], asked.rate_per_s) for scope in known])


def _part(session: Session, scope: Scope, webhook: Webhook, rate_per_s: int | None) -> Part:
    counted = count_scope(session, scope, webhook)
    ends = first_and_last(session, scope) if scope.is_of_a_time else None
    return Part(
        scope=scope,
        webhook=webhook,
        counted=counted,
        refused=_refused(webhook),
        seconds=estimated_seconds(session, webhook, counted.to_send, rate_per_s),
        oldest=_moment_of(ends[0]) if ends else scope.since,
        newest=_moment_of(ends[1]) if ends else scope.until,
    )


def _refused(webhook: Webhook) -> str:
    try:
        refuse_if_impossible(webhook)
    except Conflict as conflict:
        return conflict.message
    return ""


def _moment_of(delivery_id: str) -> datetime:
    return from_ms(int(delivery_id[4:16], 16))
