"""Fetch a token and send with it, for a web request that waits: test, ping, Connect."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from app.outbound import Exchange, OutboundPolicy, Request, send_one
from app.sending.tokens.injection import UNAUTHORIZED, carry, clean, refused_exchange
from app.sending.tokens.token_answer import UNREACHABLE, TokenRefusal
from app.sending.tokens.token_store import (
    LEASE_SPARE_MS,
    TIMEOUT_MS,
    Asking,
    Outcome,
    TokenFetch,
    TokenStore,
    Wait,
)

Send = Callable[[Request, OutboundPolicy], Exchange]

LOOK_AGAIN_S = 0.1
GIVE_UP_AFTER_S = (TIMEOUT_MS + LEASE_SPARE_MS) / 1000 + 1
TOO_LONG = TokenRefusal(UNREACHABLE, {}, "Another request for a token took too long.")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of asking for a token. `task` (the fetch) and `exchange` None: the token server was not asked."""

    outcome: Outcome
    task: TokenFetch | None = None
    exchange: Exchange | None = None


def fetch(token_store: TokenStore, policy: OutboundPolicy, asking: Asking) -> Fetched:
    """Get a token, from SQL or from the token server. Waits at most two time limits of a token request."""
    give_up = time.monotonic() + GIVE_UP_AFTER_S
    answer = token_store.begin(asking)
    while isinstance(answer, Wait):
        if time.monotonic() > give_up:
            return Fetched(TOO_LONG)
        time.sleep(LOOK_AGAIN_S)
        answer = token_store.begin(asking)
    task, exchange = None, None
    while isinstance(answer, TokenFetch):
        task = answer
        exchange = send_one(task.request, policy)
        answer = token_store.finish(task, exchange)
    return Fetched(answer, task, exchange)


def send_with_token(
    request: Request,
    oauth_credential: str,
    token_store: TokenStore,
    policy: OutboundPolicy,
    send: Send = send_one,
) -> tuple[Request | None, Exchange]:
    """Send a request with a token of this OAuth credential; a 401 renews it and repeats the request, once.

    `send` carries the request itself. The request is None in what comes back if there was no token, so that
    nothing could be sent.
    """
    outcome = fetch(token_store, policy, Asking(oauth_credential)).outcome
    if isinstance(outcome, TokenRefusal):
        return None, refused_exchange(outcome)
    carry(request, outcome)
    exchange = clean(send(request, policy), outcome, renewed=False)
    if exchange.status != UNAUTHORIZED:
        return request, exchange
    newer = fetch(token_store, policy, Asking(oauth_credential, rejected=outcome.generation)).outcome
    if isinstance(newer, TokenRefusal):
        return request, refused_exchange(newer, exchange)
    carry(request, newer)
    return request, clean(send(request, policy), newer, renewed=True)
