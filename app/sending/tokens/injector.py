"""The token injector: gives the engine's requests their tokens, without ever holding up another webhook.

A request whose token is at hand goes out at once. Else it waits here while the token request travels in
the engine's own `TransferLoop`; requests that want the same token wait for one answer. A 401 renews the
token and repeats the request, once within the same try.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.core.times import now_ms
from app.outbound import Exchange, OutboundPolicy, Request, TransferLoop
from app.outbound.bounded import Bounded
from app.sending.tokens.database_worker import TokenWorker
from app.sending.tokens.injection import UNAUTHORIZED, carry, clean, refused_exchange
from app.sending.tokens.token_answer import Token, TokenRefusal
from app.sending.tokens.token_store import Asking, TokenFetch, TokenStore

# Of the time that a lease leaves beside a webhook's own time limit: the rest is for the paperwork.
SPARE_S = 12.0
LEAST_TIMEOUT_MS = 1_000
TOKENS_BYTES = 8 * 1024 * 1024

Done = tuple[object, Exchange]


@dataclass(slots=True, eq=False)
class _HeldTransfer:
    """A request on its way with a token, or waiting for one. `job` and `unsent` are the engine's."""

    job: object
    unsent: object
    request: Request
    oauth_credential: str
    user: tuple[str, int]
    deadline: float
    token: Token | None = None
    answered: Exchange | None = None  # with 401, by the receiver

    @property
    def rejected(self) -> int | None:
        """The generation of the token that was refused in this attempt."""
        return self.token.generation if self.token and self.answered else None

    def refused(self, why: TokenRefusal) -> Done:
        """Its end because there is no token."""
        return (self.job if self.answered else self.unsent), refused_exchange(why, self.answered)


class TokenInjector:
    """Stands between an engine and its loop. For the engine's thread alone."""

    def __init__(
        self, token_store: TokenStore, loop: TransferLoop, policy: OutboundPolicy, wake: Callable[[], None]
    ) -> None:
        """`wake` makes the engine call `answers`; it may be called from any thread."""
        self._loop = loop
        self._policy = policy
        self._database_worker = TokenWorker(token_store, wake)
        self._tokens: Bounded[tuple[str, tuple[str, int]], Token] = Bounded(TOKENS_BYTES)
        self._waiting: defaultdict[str, list[_HeldTransfer]] = defaultdict(list)

    def submit(
        self, request: Request, job: object, unsent: object, oauth_credential: str, user: tuple[str, int]
    ) -> None:
        """Send a request with a token of this OAuth credential; its result comes out of `sift` or `answers`.

        It comes with `job`, or with `unsent` if there was no token, so that nothing could be sent.
        `user`: a webhook and its version. A change of the OAuth credential gives its webhooks a new version, so
        that no token from before the change is used.
        """
        deadline = time.monotonic() + request.timeout_ms / 1000 + SPARE_S
        trying = _HeldTransfer(job, unsent, request, oauth_credential, user, deadline)
        token = self._tokens.get((oauth_credential, user))
        if token is not None and token.usable(now_ms()):
            self._send(trying, token)
        else:
            self._wait(trying)

    def sift(self, done: Sequence[Done]) -> list[Done]:
        """What the loop finished, without what is the injector's own; results of attempts are added."""
        results: list[Done] = []
        for job, exchange in done:
            if isinstance(job, _HeldTransfer):
                results += self._answered(job, exchange)
            elif isinstance(job, TokenFetch):
                self._database_worker.finish(job, exchange)
            else:
                results.append((job, exchange))
        return results

    def answers(self) -> list[Done]:
        """Go on with what the database worker has answered; returns the attempts that ended by it."""
        results: list[Done] = []
        for oauth_credential, answer in self._database_worker.answers():
            if isinstance(answer, TokenFetch):
                self._loop.submit(answer.request, answer, self._policy)
            elif isinstance(answer, TokenRefusal):
                results += [trying.refused(answer) for trying in self._waiting.pop(oauth_credential)]
            else:
                self._go_on(oauth_credential, answer)
        return results

    def close(self) -> None:
        """End the database worker's thread."""
        self._database_worker.close()

    def _wait(self, trying: _HeldTransfer) -> None:
        waiting = self._waiting[trying.oauth_credential]
        waiting.append(trying)
        if len(waiting) == 1:  # else somebody has asked already
            self._database_worker.ask(Asking(trying.oauth_credential, trying.rejected))

    def _go_on(self, oauth_credential: str, token: Token) -> None:
        """Send what waited. Tries that were refused with this very token ask for a newer one."""
        for trying in self._waiting.pop(oauth_credential):
            if trying.rejected is not None and trying.rejected >= token.generation:
                self._wait(trying)
            else:
                self._send(trying, token)

    def _send(self, trying: _HeldTransfer, token: Token) -> None:
        self._tokens.put((trying.oauth_credential, trying.user), token, len(token.access_token))
        trying.token = token
        carry(trying.request, token)
        left_ms = int((trying.deadline - time.monotonic()) * 1000)
        trying.request.timeout_ms = max(LEAST_TIMEOUT_MS, min(trying.request.timeout_ms, left_ms))
        self._loop.submit(trying.request, trying, self._policy)

    def _answered(self, trying: _HeldTransfer, exchange: Exchange) -> list[Done]:
        assert trying.token is not None  # noqa: S101 (it was sent with one)
        renewed = trying.answered is not None
        clean(exchange, trying.token, renewed)
        if exchange.status != UNAUTHORIZED or renewed:
            return [(trying.job, exchange)]
        trying.answered = exchange
        self._tokens.forget((trying.oauth_credential, trying.user))
        self._wait(trying)
        return []
