"""The engine: claim, send, record, and again until nothing is due.

One engine per worker process. It keeps many transfers in flight in one `TransferLoop`; while bytes travel
no transaction is open. What it knows about outcomes is in SQL before it forgets it in memory.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.delivery.composing import compose
from app.delivery.ledger import TEMPORARY, Claimed, Entry, Ledger
from app.delivery.recording import entry_of
from app.delivery.render import TooLarge
from app.delivery.target import Target, target_from
from app.models.base import new_id, now_ms
from app.outbound import Exchange, OutboundPolicy, Request, TransferLoop

MAX_IN_FLIGHT = 500
# Outcomes are written together, at the latest this long after the first of them: milliseconds here save a
# commit for each delivery when it is busy, and cost nothing when it is quiet.
RECORD_AFTER_S = 0.005
RECORD_AT = 250
# How often a busy engine looks for work that no doorbell announced, and keeps house.
TICK_S = 1.0
RECORD_PATIENCE_S = 30.0
MAX_TARGETS = 10_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Try:
    """A try in flight: what was claimed, for which target, what was sent."""

    claimed: Claimed
    target: Target
    request: Request | None
    token: str


class Engine:
    """Delivers what is due. Not for use by two threads at once."""

    def __init__(
        self,
        ledger: Ledger,
        loop: TransferLoop,
        policy: OutboundPolicy,
        unlock: Callable[[str], str],
        max_in_flight: int = MAX_IN_FLIGHT,
    ) -> None:
        """`unlock` decrypts a kept secret (`vault.unlock`)."""
        self._ledger = ledger
        self._loop = loop
        self._policy = policy
        self._unlock = unlock
        self._max_in_flight = max_in_flight
        self._targets: dict[str, Target] = {}
        self._finished: list[tuple[_Try, Exchange]] = []
        self._first_finished = 0.0
        self._in_flight = 0
        self._ticked = 0.0

    def run(
        self,
        stopping: Callable[[], bool] = lambda: False,
        housekeeping: Callable[[], None] = lambda: None,
        on_ring: Callable[[], None] = lambda: None,
    ) -> int:
        """Deliver until nothing is due; returns how many tries were made.

        `stopping` true: claim no more, finish what is in flight. `housekeeping` is called about once a
        second of work; `on_ring` when the watched doorbell rang, to take its message away.
        """
        tries = 0
        self._ticked = time.monotonic()
        self._claim(stopping)
        while self._in_flight:
            self._take(self._loop.run(self._patience()))
            if rang := self._loop.doorbell_rang:
                on_ring()
            recorded = self._record() if self._record_now() else 0
            tries += recorded
            ticked = self._tick(housekeeping)
            if recorded or rang or ticked:
                self._claim(stopping)
        return tries

    def close(self) -> None:
        """Drop the transfers and the connection. What was in flight is found again when its lease ends."""
        self._loop.close()
        self._ledger.close()

    def _patience(self) -> float:
        return RECORD_AFTER_S if self._finished else TICK_S

    def _tick(self, housekeeping: Callable[[], None]) -> bool:
        if time.monotonic() - self._ticked < TICK_S:
            return False
        self._ticked = time.monotonic()
        housekeeping()
        return True

    def _claim(self, stopping: Callable[[], bool]) -> None:
        room = self._max_in_flight - self._in_flight
        if room <= 0 or stopping():
            return
        token = new_id("lse")
        claimed = self._ledger.claim(now_ms(), room, token)
        if not claimed:
            return
        self._load_targets(claimed)
        self._in_flight += len(claimed)
        for delivery in claimed:
            self._send(delivery, token)

    def _load_targets(self, claimed: Sequence[Claimed]) -> None:
        """Read the settings of webhooks that are new here or have changed since."""
        stale = {
            c.webhook_id
            for c in claimed
            if (known := self._targets.get(c.webhook_id)) is None or known.version != c.webhook_version
        }
        if not stale:
            return
        if len(self._targets) > MAX_TARGETS:
            self._targets.clear()
            stale = {c.webhook_id for c in claimed}
        for row in self._ledger.webhooks(sorted(stale)):
            self._targets[row["id"]] = target_from(row, self._unlock)

    def _send(self, claimed: Claimed, token: str) -> None:
        target = self._targets[claimed.webhook_id]
        try:
            request = compose(
                target, claimed.event_id, claimed.event_type, claimed.occurred_at, claimed.data, now_ms()
            )
        except Exception as error:  # noqa: BLE001 (one bad row must not stop the others)
            self._cannot_send(_Try(claimed, target, None, token), error)
            return
        self._loop.submit(request, _Try(claimed, target, request, token), self._policy)

    def _cannot_send(self, job: _Try, error: Exception) -> None:
        exchange = Exchange(started_at_ms=now_ms(), fault="internal", detail=str(error))
        if isinstance(error, TooLarge):
            exchange.fault, exchange.facts = "too_large", error.facts
        else:
            log.exception("Delivery %s could not be composed", job.claimed.id)
        self._take([(job, exchange)])

    def _take(self, done: Sequence[tuple[object, Exchange]]) -> None:
        if done and not self._finished:
            self._first_finished = time.monotonic()
        self._finished += done  # type: ignore[arg-type]

    def _record_now(self) -> bool:
        waiting = len(self._finished)
        if not waiting:
            return False
        all_done = waiting == self._in_flight
        return all_done or waiting >= RECORD_AT or time.monotonic() - self._first_finished >= RECORD_AFTER_S

    def _record(self) -> int:
        now = now_ms()
        entries = [
            entry_of(job.claimed, job.target, job.request, exchange, job.token, now)
            for job, exchange in self._finished
        ]
        self._finished = []
        self._in_flight -= len(entries)
        self._write(entries)
        return len(entries)

    def _write(self, entries: Sequence[Entry]) -> None:
        """Record, waiting for a database that is away; a row that cannot be written holds up no other."""
        give_up = time.monotonic() + RECORD_PATIENCE_S
        while True:
            try:
                self._ledger.record(entries, now_ms())
                return
            except TEMPORARY:
                if time.monotonic() > give_up:
                    raise
                log.warning("The database is away; %d outcomes wait", len(entries))
                time.sleep(0.5)
            except Exception:
                if len(entries) == 1:
                    log.exception("The outcome of delivery %s cannot be written", entries[0].delivery_id)
                    return
                half = len(entries) // 2
                self._write(entries[:half])
                self._write(entries[half:])
                return
