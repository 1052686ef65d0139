"""The engine: claim, send, record, and again until nothing is due.

One engine per worker process. It keeps many transfers in flight in one `TransferLoop`, while the database worker
claims and records beside it. No transaction is open while bytes travel, and what is known about an
outcome is in SQL before it is forgotten in memory.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import socket
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

from app.core.encryption import EncryptionError
from app.core.times import now_ms
from app.ledger.leases import Claimed, Entry, Ledger
from app.outbound import Exchange, OutboundPolicy, TransferLoop
from app.sending.engine.claimed_work import ClaimedWork
from app.sending.engine.database_worker import Claim, DatabaseWorker
from app.sending.engine.outcomes import RECORD_AFTER_S, Outcomes
from app.sending.engine.pauses import Pauses
from app.sending.engine.recording import bare_entry, entry_of
from app.sending.engine.transfer import Transfer
from app.sending.engine.window import LOOK_EVERY_S, TransferWindow
from app.sending.message.composing import Message, compose
from app.sending.message.layout import AddressTooLarge
from app.sending.message.sender_identity import SenderIdentity
from app.sending.tokens import TokenInjector, TokenStore
from app.sending.tokens.hosts import not_named
from app.sending.tokens.injection import refused_exchange

MAX_IN_FLIGHT = 500
# A busy engine claims ahead. With quick receivers much: few large transactions cost less than many small ones.
# With slow ones so much that as many are in flight as may be, while outcomes are recorded and others claimed.
CLAIM_AHEAD, CLAIM_AHEAD_SLOW = 3.0, 1.25
# The engine makes thousands of objects a second, and hardly ever a cycle: looking for some that often is waste.
COLLECT_AFTER = (50_000, 20, 100)

log = logging.getLogger(__name__)


class Engine:
    """Delivers what is due. Not for use by two threads at once, except for `wake`."""

    def __init__(
        self,
        ledger: Ledger,
        policy: OutboundPolicy,
        decrypt: Callable[[str], str],
        max_in_flight: int = MAX_IN_FLIGHT,
        token_store: TokenStore | None = None,
        sender_identity: SenderIdentity | None = None,
    ) -> None:
        """`decrypt` decrypts a kept secret (`Vault.decrypt`). `token_store`: for webhooks with OAuth,
        `sender_identity` for formats that say who sends.
        """
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)
        self._policy = policy
        self._max_in_flight = max_in_flight
        self._window = TransferWindow(max_in_flight)
        # Idle connections are kept for as many as may be in flight: reconnecting costs more than a request.
        self._loop = TransferLoop(keep_alive=2 * max_in_flight)
        self._wakeup, self._button = socket.socketpair()
        self._wakeup.setblocking(False)
        self._button.setblocking(False)
        self._loop.watch(self._wakeup)
        self._database_worker = DatabaseWorker(ledger, decrypt, self.wake, sender_identity)
        self._token_store = token_store
        self._injector: TokenInjector | None = None  # opened by the first delivery with an OAuth credential
        self._outcomes = Outcomes()
        self._work = ClaimedWork()
        self._claiming = False
        self._look_again = True
        self._rate_limited_until: int | None = None
        self._attempts = 0
        self._pauses = Pauses()

    def run(self, stopping: Callable[[], bool] = lambda: False, linger_s: float = 0.0) -> int:
        """Deliver until nothing is due; returns how many attempts were made.

        `stopping` true: claim no more, finish what is in flight. `linger_s`: how long it waits for a ring after the
        last attempt. Raises what the database raised if nothing can be claimed.
        """
        self._attempts = 0
        self._look_again = True
        self._pauses.begin(linger_s)
        while self._more(stopping):
            self._feed(stopping())
            done = self._loop.run(self._longest_wait_s())
            self._window.note_finished(len(done))
            self._take(self._injector.sift(done) if self._injector else done)
            if self._loop.doorbell_rang:
                self._answer_wakeup()
            if self._time_to_record():
                self._record()
            if self._pauses.tick():
                self._look_again = True
        return self._attempts

    def wake(self) -> None:
        """Something is due or ready: look now. May be called from any thread."""
        with contextlib.suppress(OSError):  # full: a wake is pending already; closed: nobody listens
            self._button.send(b"!")

    def ring(self) -> None:
        """New work was announced. May be called from any thread."""
        self._look_again = True
        self.wake()

    def close(self) -> None:
        """Drop the transfers, finish the paperwork. What was in flight is found when its lease ends."""
        self._database_worker.close()
        if self._injector is not None:
            self._injector.close()
        self._loop.close()
        self._wakeup.close()
        self._button.close()

    def _ask(self, stopping: Callable[[], bool]) -> bool:
        """Ask the database worker for work if there is reason to; True while an answer is awaited."""
        ahead = CLAIM_AHEAD if self._window.is_smallest else CLAIM_AHEAD_SLOW
        most = int(self._max_in_flight * ahead)
        capacity = most - self._work.count
        # While there is enough to send, wait until a claim is worth its cost.
        worth_it = capacity > 0 and (
            not self._work or capacity >= min(most - self._max_in_flight, self._max_in_flight)
        )
        if self._look_again and not self._claiming and worth_it and not stopping():
            self._look_again = False
            self._claiming = True
            self._database_worker.ask(capacity, self._work.ahead() if self._window.is_smallest else {})
        return self._claiming

    def _more(self, stopping: Callable[[], bool]) -> bool:
        rate_limited = self._rate_limited(stopping)
        working = self._ask(stopping) or self._work.count > 0 or rate_limited
        return working or (self._pauses.lingers and not stopping())

    def _rate_limited(self, stopping: Callable[[], bool]) -> bool:
        """True while there is work that a speed limit holds back; it is looked for when its time has come."""
        if self._rate_limited_until is None or stopping():
            return False
        if self._rate_limited_until <= now_ms():
            self._rate_limited_until, self._look_again = None, True
        return True

    def _longest_wait_s(self) -> float:
        """Seconds to wait for an answer before something else is to be done."""
        if self._outcomes:
            return RECORD_AFTER_S
        if self._work:
            return LOOK_EVERY_S
        longest = self._pauses.longest_s(working=self._claiming or self._work.count > 0)
        until = self._rate_limited_until
        return longest if until is None else min(longest, max(0.0, (until - now_ms()) / 1000))

    def _answer_wakeup(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._wakeup.recv(4096)
        for claim in self._database_worker.answers():
            self._claiming = False
            self._begin(claim)
        if self._injector:
            self._take(self._injector.answers())

    def _begin(self, claim: Claim) -> None:
        if claim.error is not None:
            if not self._work.count:
                raise claim.error
            log.warning("Nothing could be claimed: %s", claim.error)
        self._look_again = self._look_again or claim.may_be_more
        self._rate_limited_until = claim.rate_limited_until
        now, targets, token = time.monotonic(), claim.targets, claim.token
        jobs = [Transfer(d, targets[d.webhook_id], token, now) for d in claim.deliveries]
        if claim.broken:
            for job in jobs:
                if (error := claim.broken.get(job.claimed.webhook_id)) is not None:
                    self._work.add_broken(job)
                    self._cannot_send(job, error)
            jobs = [job for job in jobs if job.claimed.webhook_id not in claim.broken]
        self._work.add(jobs)

    def _feed(self, stopping: bool) -> None:
        """Send as many of the claimed deliveries as the window lets through; none any more when stopping."""
        if back := self._work.take_back(everything=stopping):
            self._give_back(back)
        ready = self._work.ready
        if not ready:
            self._window.look(waiting=False)
            return
        self._window.look(waiting=True)
        # With quick receivers many go together, which costs less; slow ones would wait for nothing.
        together = min(len(ready), self._window.size // 2) if self._window.is_smallest else 1
        if self._window.size - self._loop.in_flight < together:
            return
        now = now_ms()
        while ready and self._loop.in_flight < self._window.size:
            self._send(ready.popleft(), now)

    def _give_back(self, jobs: Sequence[Transfer]) -> None:
        by_token: dict[str, list[Claimed]] = defaultdict(list)
        for job in jobs:
            by_token[job.token].append(job.claimed)
        self._look_again = True
        for token, claimed in by_token.items():
            self._database_worker.give_back(claimed, token)

    def _send(self, job: Transfer, now: int) -> None:
        claimed, target = job.claimed, job.target
        try:
            message = compose(
                target,
                claimed.event_id,
                claimed.event_type,
                claimed.occurred_at,
                claimed.data,
                now,
                claimed.actor_id,
            )
            if not target.credential_fits:
                self._take([(job, refused_exchange(not_named(target.url)))])
            elif target.oauth_credential is None:
                job.message = message
                self._loop.submit(message, job, self._policy)
            else:
                self._send_signed_in(message, job, target.oauth_credential)
        except Exception as error:  # noqa: BLE001 (one bad row must not stop the others)
            job.message = None
            self._cannot_send(job, error)

    def _send_signed_in(self, message: Message, job: Transfer, oauth_credential: str) -> None:
        if self._injector is None:
            if self._token_store is None:
                raise RuntimeError("This engine was made without a desk for tokens.")
            self._injector = TokenInjector(self._token_store, self._loop, self._policy, self.wake)
        sent = replace(job, message=message)
        self._injector.submit(
            message, sent, job, oauth_credential, (job.target.webhook_id, job.target.version)
        )

    def _cannot_send(self, job: Transfer, error: Exception) -> None:
        """End an attempt that never left this machine. What went wrong is for the log: it may quote a row's content."""
        if isinstance(error, AddressTooLarge):
            exchange = Exchange(now_ms(), fault="too_large", detail=str(error), facts=error.facts)
            self._take([(job, exchange)])
            return
        detail = f"It could not be prepared on our side ({type(error).__name__})."
        [entry] = self._take([(job, Exchange(now_ms(), fault="internal", detail=detail))])
        log.error(
            "Delivery %s could not be prepared, reference %s: %s",
            job.claimed.id,
            entry.attempt_id,
            error if isinstance(error, EncryptionError) else type(error).__name__,
        )

    def _take(self, done: Sequence[tuple[object, Exchange]]) -> list[Entry]:
        """Judge what has ended, at once: what was sent and answered need not be kept until it is recorded."""
        if not done:
            return []
        now, entries = now_ms(), []
        for job, exchange in done:
            assert isinstance(job, Transfer)  # noqa: S101 (nothing else is submitted)
            try:
                entry = entry_of(job.claimed, job.target, job.message, exchange, job.token, now)
            except Exception:  # whatever it is: the others that ended must be recorded
                log.exception("The outcome of delivery %s cannot be kept in full", job.claimed.id)
                entry = bare_entry(job.claimed, job.target, exchange, job.token, now)
            entries.append(entry)
            self._work.note_ended(job, entry.ok, exchange.duration_us)
        self._outcomes.add(entries)
        return entries

    def _time_to_record(self) -> bool:
        quick = self._window.is_smallest
        return self._outcomes.are_due(
            self._work.count,
            flowing=quick and self._work.count >= self._window.size,
            busy=quick and bool(self._work),
            database_worker_waits=self._database_worker.waits,
        )

    def _record(self) -> None:
        outcomes = self._outcomes.take()
        self._database_worker.record(outcomes)
        self._work.note_recorded(outcomes)
        self._attempts += len(outcomes)
        self._pauses.note_attempts()
        self._look_again = True
