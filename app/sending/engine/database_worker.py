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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue

from app.core.ids import new_id
from app.core.times import now_ms
from app.ledger.leases import TEMPORARY, Claimed, Entry, Ledger
from app.sending.message.sender_identity import SenderIdentity
from app.sending.message.target import Target, target_from

# How long outcomes wait in memory for a database that is away, before their leases tell the rest.
GIVE_UP_AFTER_S = 30.0
MAX_TARGETS = 10_000
# A claim leaves out lanes that another worker is busy with, so a second look may find more. One that found nothing
# says that nobody else is busy: so long the next claims are content with what they got.
NO_SECOND_LOOK_S = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a claim gave: deliveries under one lease token, and the targets they go to.

    `rate_limited_until`: when more may be had that only a speed limit holds back (ms). `may_be_more`: another claim
    might find some at once.
    """

    token: str
    deliveries: list[Claimed]
    targets: dict[str, Target]
    rate_limited_until: int | None = None
    may_be_more: bool = False
    error: Exception | None = None


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
        self._targets: dict[str, Target] = {}
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._claims: SimpleQueue[Claim] = SimpleQueue()
        self._second_look = False
        self._no_second_look_until = 0.0
        self._busy = False
        self._thread: threading.Thread | None = None
        if ledger.remote:
            self._thread = threading.Thread(target=self._work, name="clerk", daemon=True)
            self._thread.start()

    @property
    def waits(self) -> bool:
        """True if it works beside the engine and has nothing to do."""
        return self._thread is not None and self._tasks.empty() and not self._busy

    def ask(self, capacity: int) -> None:
        """Claim up to `capacity` deliveries; the answer comes out of `answers`."""
        self._do(lambda: self._claim(capacity))

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

    def _claim(self, capacity: int) -> None:
        token = new_id("lse")
        try:
            now = now_ms()
            deliveries = self._ledger.claim(now, capacity, token)
            # The same moment for both, or a lane whose time came in between would be missed by both.
            rate_limited = self._ledger.rate_limited_until(now) if len(deliveries) < capacity else None
            more = self._may_be_more(len(deliveries), capacity)
            answer = Claim(token, deliveries, self._targets_of(deliveries), rate_limited, more)
        except Exception as error:  # noqa: BLE001 (the engine decides; leases that were taken run out)
            answer = Claim(token, [], {}, error=error)
        self._claims.put(answer)
        self._wake()

    def _may_be_more(self, found: int, capacity: int) -> bool:
        """True if another claim might find some at once, after one that found so many."""
        if found == capacity or not self._ledger.passes_over:
            return found == capacity
        now = time.monotonic()
        if self._second_look and not found:
            self._no_second_look_until = now + NO_SECOND_LOOK_S
        self._second_look = found > 0 and now >= self._no_second_look_until
        return self._second_look

    def _targets_of(self, deliveries: Sequence[Claimed]) -> dict[str, Target]:
        """The targets of these deliveries; settings are read only where they are new or have changed."""
        wanted = {d.webhook_id: d.webhook_version for d in deliveries}
        known = self._targets
        stale = [i for i, version in wanted.items() if i not in known or known[i].version != version]
        if len(known) + len(stale) > MAX_TARGETS:
            known.clear()
            stale = list(wanted)
        if stale:
            rows = self._ledger.webhooks(stale)
            targets = [target_from(row, self._decrypt, self._sender_identity) for row in rows]
            self._ledger.store_request_templates(
                [target.request_template for target in targets if target.request_template]
            )
            known |= {target.webhook_id: target for target in targets}
        return {i: known[i] for i in wanted}

    def _write(self, entries: Sequence[Entry]) -> None:
        """Record, waiting for a database that is away; a row that cannot be written holds up no other."""
        give_up = time.monotonic() + GIVE_UP_AFTER_S
        while True:
            try:
                self._ledger.record(entries, now_ms())
                return
            except TEMPORARY as error:
                if time.monotonic() > give_up:
                    raise
                log.warning("%d outcomes wait for the database: %s", len(entries), error)
                time.sleep(0.5)
            except Exception:  # whatever it is: the others of the batch must be written
                if len(entries) == 1:
                    log.exception("The outcome of delivery %s cannot be written", entries[0].delivery_id)
                    return
                half = len(entries) // 2
                self._write(entries[:half])
                self._write(entries[half:])
                return


def _run(task: Callable[[], None]) -> None:
    try:
        task()
    except (
        Exception
    ):  # whatever it is: the database worker has other tasks, and leases tell what this one left undone
        log.exception("The clerk could not finish a task")
