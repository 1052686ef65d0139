"""The database worker: does the engine's paperwork.

With PostgreSQL in a thread of its own: while the server is busy with a claim or a batch of outcomes,
transfers go on. With SQLite at once: there the work is done in this process, and a thread would only
fight with the engine for the interpreter. One task after the other, so a claim sees everything that was
recorded before it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue

from app.core.ids import new_id
from app.core.times import now_ms
from app.ledger.leases import Claimed, Entry, Ledger, is_temporary
from app.outbound.bounded import Bounded
from app.sending.engine.preparation import Prepared, prepare
from app.sending.message.sender_identity import SenderIdentity
from app.sending.message.target import Target

# How long outcomes wait in memory for a database that is away, before their leases tell the rest.
GIVE_UP_AFTER_S = 30.0
TARGETS_BYTES = 32 * 1024 * 1024
# A claim leaves out lanes that another worker is busy with, so a second look may find more. One that found nothing
# says that nobody else is busy: so long the next claims are content with what they got.
NO_SECOND_LOOK_S = 1.0
# A claim that failed over something in a row is made webhook by webhook; so long the next ones are, too.
APART_FOR_S = 10.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a claim gave: deliveries under one lease token, and the targets they go to.

    `broken`: webhooks whose deliveries cannot be sent, and why; their target is a stand-in.
    `rate_limited_until`: when more may be had that only a speed limit holds back (ms). `may_be_more`: another claim
    might find some at once.
    """

    token: str
    deliveries: list[Claimed]
    targets: dict[str, Target]
    rate_limited_until: int | None = None
    may_be_more: bool = False
    error: Exception | None = None
    broken: Mapping[str, Exception] = field(default_factory=dict)


class DatabaseWorker:
    """Claims and records for one engine. `wake` is called from the database worker's thread when a claim is ready."""

    def __init__(
        self,
        ledger: Ledger,
        decrypt: Callable[[str], str],
        wake: Callable[[], None],
        sender_identity: SenderIdentity | None = None,
    ) -> None:
        """`decrypt` decrypts a kept secret. `sender_identity`: needed for formats that say who sends."""
        self._sender_identity = sender_identity
        self._ledger = ledger
        self._decrypt = decrypt
        self._wake = wake
        self._targets: Bounded[str, Target] = Bounded(TARGETS_BYTES)
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._claims: SimpleQueue[Claim] = SimpleQueue()
        self._second_look = False
        self._no_second_look_until = 0.0
        self._apart_until = 0.0
        self._busy = False
        self._thread: threading.Thread | None = None
        if ledger.remote:
            self._thread = threading.Thread(target=self._work, name="database worker", daemon=True)
            self._thread.start()

    @property
    def waits(self) -> bool:
        """True if it works beside the engine and has nothing to do."""
        return self._thread is not None and self._tasks.empty() and not self._busy

    def ask(self, capacity: int, ahead: Mapping[str, int]) -> None:
        """Claim up to `capacity` deliveries; the answer comes out of `answers`. `ahead`: see `Ledger.claim`."""
        self._do(lambda: self._claim(capacity, ahead))

    def record(self, entries: Sequence[Entry]) -> None:
        """Write outcomes. A failure to do so is logged: the leases tell the rest."""
        self._do(lambda: self._write(entries))

    def give_back(self, claimed: Sequence[Claimed], token: str) -> None:
        """End the leases of what was claimed and not sent."""
        self._do(lambda: self._ledger.give_back(claimed, token))

    def answers(self) -> list[Claim]:
        """Claims that are ready."""
        ready = []
        while not self._claims.empty():
            ready.append(self._claims.get())
        return ready

    def close(self) -> None:
        """Finish what was handed in, then end the thread and the connection."""
        if self._thread is not None:
            self._tasks.put(None)
            self._thread.join()
        self._ledger.close()

    def _do(self, task: Callable[[], None]) -> None:
        if self._thread is not None:
            self._tasks.put(task)
        else:
            _run(task)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            self._busy = True
            _run(task)
            self._busy = False

    def _claim(self, capacity: int, ahead: Mapping[str, int]) -> None:
        token = new_id("lse")
        deliveries: list[Claimed] = []
        try:
            now = now_ms()
            deliveries = self._lease(now, capacity, token, ahead)
            prepared = self._prepared(deliveries)
            # The same moment for both, or a lane whose time came in between would be missed by both.
            rate_limited = self._rate_limited_until(now) if len(deliveries) < capacity else None
            more = self._may_be_more(len(deliveries), capacity)
            known = [d for d in deliveries if d.webhook_id in prepared.targets]
            answer = Claim(token, known, prepared.targets, rate_limited, more, broken=prepared.broken)
        except Exception as error:  # noqa: BLE001 (the engine decides)
            if deliveries:  # nothing of it was sent
                _run(lambda: self._ledger.give_back(deliveries, token))
            answer = Claim(token, [], {}, error=error)
        self._claims.put(answer)
        self._wake()

    def _lease(self, now: int, capacity: int, token: str, ahead: Mapping[str, int]) -> list[Claimed]:
        """Claim all together, or each webhook by itself if something in a row makes that fail."""
        if time.monotonic() >= self._apart_until:
            try:
                return self._ledger.claim(now, capacity, token, ahead)
            except Exception as error:
                if is_temporary(error):
                    raise
                log.exception("A claim failed; webhooks are claimed one by one for a while")
                self._apart_until = time.monotonic() + APART_FOR_S
        return self._ledger.claim_apart(now, capacity, token)

    def _rate_limited_until(self, now: int) -> int | None:
        """When more may be had that only a speed limit holds back; what cannot be read holds nothing back."""
        try:
            return self._ledger.rate_limited_until(now)
        except Exception as error:
            if is_temporary(error):
                raise
            log.exception("The speed limits cannot be read")
            return None

    def _may_be_more(self, found: int, capacity: int) -> bool:
        """True if another claim might find some at once, after one that found so many."""
        if found == capacity or not self._ledger.passes_over:
            return found == capacity
        now = time.monotonic()
        if self._second_look and not found:
            self._no_second_look_until = now + NO_SECOND_LOOK_S
        self._second_look = found > 0 and now >= self._no_second_look_until
        return self._second_look

    def _prepared(self, deliveries: Sequence[Claimed]) -> Prepared:
        """The targets of these deliveries; settings are read only where they are new or have changed."""
        wanted = {d.webhook_id: d.webhook_version for d in deliveries}
        targets = {i: target for i in wanted if (target := self._targets.get(i)) is not None}
        stale = [i for i, v in wanted.items() if i not in targets or targets[i].version != v]
        fresh = prepare(self._ledger, stale, self._decrypt, self._sender_identity) if stale else Prepared()
        # Not those that are broken: each claim looks whether they have been mended.
        for i, target in fresh.targets.items():
            if i not in fresh.broken:
                self._targets.put(i, target, target.size())
        return Prepared(targets | fresh.targets, fresh.broken)

    def _write(self, entries: Sequence[Entry]) -> None:
        """Record, waiting for a database that is away; a row that cannot be written holds up no other."""
        give_up = time.monotonic() + GIVE_UP_AFTER_S
        while True:
            try:
                self._ledger.record(entries, now_ms())
                return
            except Exception as error:
                if not is_temporary(error):
                    self._write_apart(entries, error)
                    return
                if time.monotonic() > give_up:
                    raise
                log.warning("%d outcomes wait for the database: %s", len(entries), error)
                time.sleep(0.5)

    def _write_apart(self, entries: Sequence[Entry], error: Exception) -> None:
        """Write in halves what could not be written together, and of a single outcome the plain part."""
        if len(entries) > 1:
            half = len(entries) // 2
            self._write(entries[:half])
            self._write(entries[half:])
            return
        [entry] = entries
        bare = entry.bare()
        log.error("The outcome of delivery %s cannot be written", entry.delivery_id, exc_info=error)
        if bare.attempt != entry.attempt:
            self._write([bare])


def _run(task: Callable[[], None]) -> None:
    try:
        task()
    except (
        Exception
    ):  # whatever it is: the database worker has other tasks, and leases tell what this one left undone
        log.exception("The database worker could not finish a task")
