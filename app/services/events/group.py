"""Group commit: calls that publish at the same moment are stored in one transaction (docs/decisions/front.md).

Who comes while a group is being committed is in the next one. Where many call at the same time, the next group waits a
moment for those that were just answered, so that they do not split into two groups that take turns; who calls alone
waits for nobody. What one call does wrong befalls that call alone.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError

from app.core.times import from_ms
from app.ledger.store import EventStore, KnownRow, WantedRow, storing
from app.services.events.publishing import Published, insert_events
from app.services.events.schema import CheckedEvent
from app.services.events.wanted import NotJudged, Recipient, Verdicts

# A group holds so many events; a batch that is larger is a group of its own.
MOST_EVENTS = 500
# So long a group waits for company at the most, if there was some lately.
COMPANY_S = 0.0007


class KeyReused(Exception):
    """An idempotency key of the call was used before for a different event."""


Outcome = list[Published] | Exception


@dataclass(eq=False, slots=True)
class PublishCall:
    """What one caller wants stored, all or nothing: events that were checked, and who wants them as far as is known."""

    space_id: str
    checked: Sequence[CheckedEvent]
    verdicts: Verdicts = field(init=False)

    def __post_init__(self) -> None:
        self.verdicts = Verdicts(self.checked)

    def keyed(self) -> dict[str, CheckedEvent]:
        """Its events that have an idempotency key, by it."""
        return {key: c for c in self.checked if (key := c.item.idempotency_key)}


class EventGroups:
    """One thread that stores whatever waits, again and again. Safe to use from many threads."""

    def __init__(
        self,
        engine: Engine,
        ring: Callable[[], None],
        answer: Callable[[list[tuple[PublishCall, Outcome]]], None],
        name: str,
    ) -> None:
        """`ring`: tell the workers; `answer`: tell the callers of a group, after its commit."""
        self._engine, self._ring, self._answer = engine, ring, answer
        self._waiting: deque[PublishCall] = deque()
        self._lately = 0  # how many called at the same time, when the last group was made
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def submit(self, call: PublishCall) -> None:
        """Have it stored. `answer` hears of it: what was stored, `KeyReused`, `NotJudged`, or the database's error.

        After `NotJudged` the caller judges, which may take a while, and submits the same call again.
        """
        with self._changed:
            self._waiting.append(call)
            self._changed.notify()

    def _run(self) -> None:
        while True:
            group = self._next_group()
            done = list(zip(group, store_group(self._engine, group), strict=True))
            self._answer(done)
            if any(new_deliveries(outcome) for _call, outcome in done):
                self._ring()

    def _next_group(self) -> list[PublishCall]:
        """The calls that wait, oldest first, but only one of those that use the same idempotency key."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting)
            company = 1 < self._lately > len(self._waiting)
        if company:  # asleep, not listening: each of those who come would wake this thread
            time.sleep(COMPANY_S)
        with self._changed:
            group: list[PublishCall] = []
            events, keys = 0, set[tuple[str, str]]()
            while self._waiting:
                call = self._waiting[0]
                own = {(call.space_id, key) for key in call.keyed()}
                events += len(call.checked)
                if group and (events > MOST_EVENTS or own & keys):
                    break
                keys |= own
                group.append(self._waiting.popleft())
            self._lately = len(group) + len(self._waiting)
            return group


def new_deliveries(outcome: Outcome) -> bool:
    """True if there is something for the workers."""
    return isinstance(outcome, list) and any(one.deliveries and not one.replayed for one in outcome)


def store_group(engine: Engine, group: Sequence[PublishCall]) -> list[Outcome]:
    """Store the calls of a group; what became of each, in order.

    If something goes wrong with one of them, the group is halved until that one is alone. If the database is away, or
    its disk is full, that is the outcome of all.
    """
    try:
        return _together(engine, group)
    except (OperationalError, InterfaceError) as away:
        return [away for _call in group]
    except Exception as error:  # noqa: BLE001 (a fault of ours too must not end the thread, nor harm the others)
        if len(group) > 1:
            half = len(group) // 2
            return store_group(engine, group[:half]) + store_group(engine, group[half:])
        return [_once_more(engine, group[0]) if isinstance(error, IntegrityError) else error]


def _once_more(engine: Engine, call: PublishCall) -> Outcome:
    """Another process stored the same idempotency key between our look and our insert: look again."""
    try:
        return _together(engine, [call])[0]
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the outcome)
        return error


def _together(engine: Engine, group: Sequence[PublishCall]) -> list[Outcome]:
    by_space: dict[str, list[PublishCall]] = defaultdict(list)
    for call in group:
        by_space[call.space_id].append(call)
    outcomes: dict[PublishCall, Outcome] = {}
    with storing(engine) as store, store.together() if len(by_space) > 1 else nullcontext():
        for space_id, calls in by_space.items():
            outcomes |= _store(store, space_id, calls)
    return [outcomes[call] for call in group]


def _store(store: EventStore, space_id: str, calls: Sequence[PublishCall]) -> dict[PublishCall, Outcome]:
    """Store the calls of one space, but for those whose key belongs to another event or that are not judged yet."""
    keys = [key for call in calls for key in call.keyed()]
    known = {row.idempotency_key: row for row in store.known(space_id, keys)} if keys else {}
    outcomes: dict[PublishCall, Outcome] = {}
    receivers: dict[int, list[Recipient]] = {}
    good = [call for call in calls if not _is_reused(call, known, outcomes)]
    fresh = {call: [c for c in call.checked if c.item.idempotency_key not in known] for call in good}
    types = {c.item.type for events in fresh.values() for c in events}
    rows = store.wanted(space_id, types) if types else []
    judged = [call for call in good if _is_judged(call, fresh[call], rows, receivers, outcomes)]
    new = [c for call in judged for c in fresh[call]]
    stored = iter(insert_events(store, space_id, new, receivers) if new else ())
    for call in judged:
        found = (known.get(c.item.idempotency_key or "") for c in call.checked)
        outcomes[call] = [_replayed(row) if row else next(stored) for row in found]
    return outcomes


def _is_reused(
    call: PublishCall, known: Mapping[str, KnownRow], outcomes: dict[PublishCall, Outcome]
) -> bool:
    """True, and said, if a key of the call was used for a different event."""
    clashes = any(
        key in known and not c.is_repeat_of(known[key].request_hash) for key, c in call.keyed().items()
    )
    if clashes:
        outcomes[call] = KeyReused()
    return clashes


def _is_judged(
    call: PublishCall,
    fresh: Sequence[CheckedEvent],
    rows: Sequence[WantedRow],
    receivers: dict[int, list[Recipient]],
    outcomes: dict[PublishCall, Outcome],
) -> bool:
    """True if it is known who wants these events: then it is among the receivers. Else it is said who waits."""
    types = {c.item.type for c in fresh}
    try:
        receivers |= call.verdicts.receivers([row for row in rows if row.event_type in types])
    except NotJudged as not_yet:
        outcomes[call] = not_yet
        return False
    return True


def _replayed(row: KnownRow) -> Published:
    return Published(row.id, row.type, from_ms(row.created_at), row.deliveries_count, replayed=True)
