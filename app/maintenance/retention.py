"""Retention: what is older than `RETENTION_DAYS` is removed, in small steps that hold up nobody.

Identifiers begin with the time at which they were made, so what is old stands at the beginning of each
table's own key, and finding it costs the same however many rows there are. A delivery goes with its tries,
an event when none of its deliveries is left. What still waits for its next attempt stays until that has ended;
so does a notice of what is still so, or people would be told again, and the newest confirmation link of a
webhook, which its page shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, or_, select
from sqlalchemy.orm import Session, aliased

from app.core.extensions import db
from app.core.ids import first_id
from app.core.times import utc_now
from app.core.transaction import transaction
from app.ledger.moves import remove_deliveries
from app.ledger.moves.steps import StepSize
from app.ledger.search import search_index
from app.models import (
    Attempt,
    Confirmation,
    Delivery,
    Event,
    Incident,
    IncidentAnnouncement,
    IncomingAddress,
    IncomingCall,
    Lane,
    Mail,
    Notice,
    PortalLink,
    ReceiverCheck,
    Recovery,
    RecoveryItem,
    Space,
    Webhook,
)
from app.models.delivery import PENDING
from app.models.incoming_webhook import CALL, CALL_BEFORE
from app.models.notice import WAITING
from app.models.receiver_check import DONE

STEP = 500


def remove_old(days: int, goes_on: Callable[[], bool] = lambda: True) -> int:
    """Remove what is older than `days`; returns how many rows went, not counting the attempts of deliveries.

    Each transaction takes one step of one table. `goes_on` is asked before each; no further one begins once it
    says no.
    """
    before = datetime.now(UTC) - timedelta(days=days)
    return sum(_remove_all(kind, before, goes_on) for kind in _KINDS)


def anything_old(days: int) -> bool:
    """A look without the write lock: nearly always there is nothing to do."""
    before = datetime.now(UTC) - timedelta(days=days)
    return any(_has_old(kind, before) for kind in _KINDS)


def remove_old_of_spaces(days: int, goes_on: Callable[[], bool] = lambda: True) -> int:
    """The same for spaces that keep things for less than `days`, of what belongs to them."""
    return sum(
        _remove_all(kind, utc_now() - timedelta(days=kept), goes_on, space_id)
        for space_id, kept in _shorter(days)
        for kind in _KINDS
        if kind.of_spaces is not None
    )


def anything_old_of_spaces(days: int) -> bool:
    """A look without the write lock, as `anything_old`."""
    return any(
        _has_old(kind, utc_now() - timedelta(days=kept), space_id)
        for space_id, kept in _shorter(days)
        for kind in _KINDS
        if kind.of_spaces is not None
    )


def _shorter(days: int) -> Sequence[tuple[str, int]]:
    """(space, days) of those that keep things for less than the instance."""
    query = select(Space.id, Space.retention_days).where(Space.retention_days < days)
    return [(space_id, kept) for space_id, kept in db.session.execute(query) if kept is not None]


def _remove_all(
    kind: _Kind, before: datetime, goes_on: Callable[[], bool], space_id: str | None = None
) -> int:
    removed, more = 0, True
    while more and goes_on() and _has_old(kind, before, space_id):
        with transaction() as session, kind.size.measured() as step:
            old = kind.old_of(before, space_id).limit(min(STEP, step.most))
            removed += step.took(kind.remove(session, session.scalars(old).all())).rows
            more = step.rows > 0
    return removed


def _has_old(kind: _Kind, before: datetime, space_id: str | None = None) -> bool:
    return db.session.execute(kind.old_of(before, space_id).limit(1)).first() is not None


def _old_deliveries(before: datetime) -> Select[str]:
    return (
        select(Delivery.id)
        .where(Delivery.id < first_id("dlv", before), Delivery.status != PENDING)
        .order_by(Delivery.id)
    )


def _old_events(before: datetime) -> Select[str]:
    sent = select(Delivery.id).where(Delivery.event_id == Event.id).exists()
    return select(Event.id).where(Event.id < first_id("evt", before), ~sent).order_by(Event.id)


def _old_loose_attempts(before: datetime) -> Select[str]:
    """Pings and tests: attempts that belong to no delivery."""
    loose = Attempt.delivery_id.is_(None)
    return select(Attempt.id).where(Attempt.id < first_id("att", before), loose).order_by(Attempt.id)


def _old_mail(before: datetime) -> Select[str]:
    return select(Mail.id).where(Mail.id < first_id("mal", before), Mail.status != WAITING).order_by(Mail.id)


def _old_notices(before: datetime) -> Select[str]:
    """A notice keeps people from being told twice, so it stays while its episode goes on."""
    off_since = select(Webhook.id).where(
        Webhook.id == Notice.webhook_id, Webhook.state_since == Notice.episode
    )
    failing_since = select(Lane.webhook_id).where(
        Lane.webhook_id == Notice.webhook_id, Lane.failing_since == Notice.episode
    )
    over = ~off_since.exists() & ~failing_since.exists()
    return select(Notice.id).where(Notice.id < first_id("ntc", before), over).order_by(Notice.id)


def _old_links(before: datetime) -> Select[str]:
    """Confirmation links: all have expired long ago."""
    newer = aliased(Confirmation)
    replaced = select(newer.id).where(newer.webhook_id == Confirmation.webhook_id, newer.id > Confirmation.id)
    deleted = select(Webhook.id).where(Webhook.id == Confirmation.webhook_id, Webhook.deleted_at.is_not(None))
    return (
        select(Confirmation.id)
        .where(Confirmation.id < first_id("cfm", before), or_(replaced.exists(), deleted.exists()))
        .order_by(Confirmation.id)
    )


def _old_portal_links(before: datetime) -> Select[str]:
    """Links that nobody can open any more; what they opened has ended long ago."""
    ended = PortalLink.expires_at < before
    return select(PortalLink.id).where(PortalLink.id < first_id("plk", before), ended).order_by(PortalLink.id)


def _old_checks(before: datetime) -> Select[str]:
    return (
        select(ReceiverCheck.id)
        .where(ReceiverCheck.id < first_id("chk", before), ReceiverCheck.state == DONE)
        .order_by(ReceiverCheck.id)
    )


def _old_incidents(before: datetime) -> Select[str]:
    """One that is still open stays, however long ago it began."""
    ended = Incident.closed_at.is_not(None)
    return select(Incident.id).where(Incident.id < first_id("inc", before), ended).order_by(Incident.id)


def _old_announcements(before: datetime) -> Select[str]:
    """What nobody took in all that time is no news."""
    old = IncidentAnnouncement.id < first_id("ian", before)
    return select(IncidentAnnouncement.id).where(old).order_by(IncidentAnnouncement.id)


def _old_recoveries(before: datetime) -> Select[str]:
    """Those that have ended."""
    ended = Recovery.finished_at.is_not(None)
    return select(Recovery.id).where(Recovery.id < first_id("rcv", before), ended).order_by(Recovery.id)


def _remove_recoveries(session: Session, ids: Sequence[str]) -> int:
    """With what failed in them, which was removed or resent long ago."""
    session.execute(delete(RecoveryItem).where(RecoveryItem.recovery_id.in_(ids)))
    session.execute(delete(Recovery).where(Recovery.id.in_(ids)))
    return len(ids)


def _old_calls(before: datetime) -> Select[str]:
    """The log of incoming webhooks."""
    old = [
        and_(IncomingCall.id >= f"{prefix}_", IncomingCall.id < first_id(prefix, before))
        for prefix in (CALL_BEFORE, CALL)
    ]
    return select(IncomingCall.id).where(or_(*old)).order_by(IncomingCall.id)


def _ended_addresses(before: datetime) -> Select[str]:
    """Addresses that were renewed long ago: until then a call of one is told in the log as what it is."""
    made, ended = IncomingAddress.id < first_id("ina", before), IncomingAddress.ends_at < before
    return select(IncomingAddress.id).where(made, ended).order_by(IncomingAddress.id)


def _rows_of(model: Any) -> Callable[[Session, Sequence[str]], int]:
    def remove(session: Session, ids: Sequence[str]) -> int:
        session.execute(delete(model).where(model.id.in_(ids)))
        return len(ids)

    return remove


def _remove_events(session: Session, ids: Sequence[str]) -> int:
    search_index(session).remove(session, ids)
    return _rows_of(Event)(session, ids)


@dataclass(frozen=True)
class _Kind:
    """A kind of rows that grow old: which of them have, and how they are removed, so many in a step.

    `of_spaces`: their model, if an index leads to a space's rows in the order of their age.
    """

    old: Callable[[datetime], Select[str]]
    remove: Callable[[Session, Sequence[str]], int]
    of_spaces: Any = None
    size: StepSize = field(default_factory=StepSize)

    def old_of(self, before: datetime, space_id: str | None) -> Select[str]:
        """What is older: of a space, or of all (None)."""
        old = self.old(before)
        if space_id is None or self.of_spaces is None:
            return old
        return old.where(self.of_spaces.space_id == space_id)


# In this order: an event goes once its deliveries are gone.
_KINDS = (
    _Kind(_old_deliveries, remove_deliveries, Delivery),
    _Kind(_old_events, _remove_events, Event),
    _Kind(_old_loose_attempts, _rows_of(Attempt), Attempt),
    _Kind(_old_mail, _rows_of(Mail)),
    _Kind(_old_notices, _rows_of(Notice)),
    _Kind(_old_links, _rows_of(Confirmation)),
    _Kind(_old_checks, _rows_of(ReceiverCheck)),
    _Kind(_old_incidents, _rows_of(Incident)),
    _Kind(_old_announcements, _rows_of(IncidentAnnouncement)),
    _Kind(_old_recoveries, _remove_recoveries),
    _Kind(_old_portal_links, _rows_of(PortalLink), PortalLink),
    _Kind(_old_calls, _rows_of(IncomingCall)),
    _Kind(_ended_addresses, _rows_of(IncomingAddress)),
)
