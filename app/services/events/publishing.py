"""Publish: store an event and one delivery per webhook that wants it, all or nothing (F1).

Nothing is sent here. What returns is committed; the workers are told afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.core.extensions import db
from app.core.ids import new_id
from app.core.times import from_ms, ms_of, now_ms
from app.core.transaction import after_commit, joinable
from app.ledger.store import EventStore, NewDelivery, NewEvent, storing, storing_within
from app.services.events.schema import CheckedEvent, check_events
from app.services.events.wanted import NotJudged, Recipient, RulesSeen, Verdicts

# One to see whose conditions are to be judged, one to store, and some for webhooks that are changed meanwhile.
MOST_ATTEMPTS = 10

rules_seen = RulesSeen()
_Opened = Callable[[], AbstractContextManager[EventStore]]


@dataclass(frozen=True, slots=True)
class Published:
    """What the publisher gets back; `replayed` if the idempotency key had been used for it before."""

    id: str
    type: str
    created_at: datetime
    deliveries: int
    replayed: bool = False


def publish(space_id: str, items: Sequence[Mapping[str, Any]], batch: bool = False) -> list[Published]:
    """Store events for a space, all or none; returns one `Published` each, in order.

    Within `transaction()` it is `publish_in`; else it has a transaction of its own, and what returns is committed.
    Raises `Invalid` (with fields such as `type`, or `events.3.type` for a batch) and `Conflict`
    ("idempotency_key_reused") if a key was used before for a different event.
    """
    if (session := joinable()) is not None:
        return publish_in(session, space_id, items, batch)
    checked = check_events(space_id, items, batch)
    if db.session.registry.has():
        db.session.commit()  # ends what this request read before, so that it sees what is stored now
    published = _store(space_id, checked, lambda: storing(db.engine))
    if _is_new(published):
        current_app.extensions["doorbell"].ring()
    return published


def publish_in(
    session: Session,
    space_id: str,
    items: Sequence[Mapping[str, Any]],
    batch: bool = False,
    *,
    by_hookdesk: bool = False,
) -> list[Published]:
    """Store events with the rows of the caller's `transaction()`, or not at all.

    `by_hookdesk`: they may be about webhooks themselves. The workers are told once it is committed. Returns and
    raises what `publish` does; RuntimeError outside of `transaction()`.
    """
    if joinable() is not session:
        raise RuntimeError("There is no transaction() under way in this session.")
    checked = check_events(space_id, items, batch, by_hookdesk=by_hookdesk)
    keyed = any(c.item.idempotency_key for c in checked)
    published = _store(space_id, checked, lambda: storing_within(session, keyed))
    if _is_new(published):
        after_commit(session, current_app.extensions["doorbell"].ring)
    return published


def _is_new(published: Sequence[Published]) -> bool:
    return any(p.deliveries and not p.replayed for p in published)


def _store(space_id: str, checked: Sequence[CheckedEvent], opened: _Opened) -> list[Published]:
    """Store in a store that `opened` opens; between two attempts it is closed, and nothing is locked."""
    verdicts, types = Verdicts(checked), frozenset(c.item.type for c in checked)
    if seen := rules_seen.of(space_id, types):
        verdicts.judge(seen)
    for _attempt in range(MOST_ATTEMPTS):
        try:
            with opened() as store:
                return _store_once(store, space_id, checked, verdicts)
        except NotJudged as not_yet:
            verdicts.judge(not_yet.rows)
            rules_seen.keep(space_id, types, not_yet.rows)
        except IntegrityError:
            # Another request stored the same idempotency key between our look and our insert: look again.
            continue
    raise Conflict("changed_meanwhile", _("The webhooks of this space are being changed. Send it again."))


def _store_once(
    store: EventStore, space_id: str, checked: Sequence[CheckedEvent], verdicts: Verdicts
) -> list[Published]:
    known = _known_keys(store, space_id, checked)
    fresh = [c for c in checked if c.item.idempotency_key not in known]
    stored = iter(_insert(store, space_id, fresh, verdicts) if fresh else ())
    return [known.get(c.item.idempotency_key) or next(stored) for c in checked]


def _known_keys(
    store: EventStore, space_id: str, checked: Sequence[CheckedEvent]
) -> dict[str | None, Published]:
    """Earlier events under the same keys. Raises `Conflict` if one of them was a different event."""
    by_key = {key: c for c in checked if (key := c.item.idempotency_key)}
    known: dict[str | None, Published] = {}
    for row in store.known(space_id, by_key.keys()) if by_key else ():
        if not by_key[row.idempotency_key].is_repeat_of(row.request_hash):
            said = _(
                "The idempotency key “%(key)s” was used before for a different event.",
                key=row.idempotency_key,
            )
            raise Conflict("idempotency_key_reused", said)
        created_at = from_ms(row.created_at)
        known[row.idempotency_key] = Published(row.id, row.type, created_at, row.deliveries_count, True)
    return known


def _insert(
    store: EventStore, space_id: str, fresh: Sequence[CheckedEvent], verdicts: Verdicts
) -> list[Published]:
    receivers = verdicts.receivers(store.wanted(space_id, {c.item.type for c in fresh}))
    return insert_events(store, space_id, fresh, receivers)


def insert_events(
    store: EventStore,
    space_id: str,
    fresh: Sequence[CheckedEvent],
    receivers: Mapping[int, Sequence[Recipient]],
) -> list[Published]:
    """Store new events with their deliveries. `receivers`: by `id()` of an event who gets it."""
    now = now_ms()
    events: list[NewEvent] = []
    deliveries: list[NewDelivery] = []
    for c in fresh:
        to = receivers.get(id(c), ())
        event = _event_row(c, len(to), now)
        events.append(event)
        deliveries += [NewDelivery(new_id("dlv"), event.id, w.webhook_id, w.status, w.ordered) for w in to]
    store.insert(space_id, events, deliveries, now)
    created_at = from_ms(now)
    return [Published(event.id, event.type, created_at, event.deliveries_count) for event in events]


def _event_row(c: CheckedEvent, deliveries: int, now: int) -> NewEvent:
    item = c.item
    return NewEvent(
        id=new_id("evt"),
        type=item.type,
        data=c.data,
        object_id=item.object_id,
        project_id=item.project_id,
        actor_id=item.actor_id,
        occurred_at=ms_of(item.occurred_at) if item.occurred_at else now,
        deliveries_count=deliveries,
        idempotency_key=item.idempotency_key,
        request_hash=c.request_hash,
        data_fault=c.data_fault,
    )
