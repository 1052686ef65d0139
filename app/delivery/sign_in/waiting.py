"""Fetch a token and send with it, for a web request that waits: test, ping, Connect."""

from __future__ import annotations

import time
from dataclasses import dataclass

from app.delivery.sign_in.answer import UNREACHABLE, Refusal
from app.delivery.sign_in.carrying import UNAUTHORIZED, carry, clean, refused_exchange
from app.delivery.sign_in.desk import LEASE_SPARE_MS, TIMEOUT_MS, Asking, Errand, Outcome, TokenDesk, Wait
from app.outbound import Exchange, OutboundPolicy, Request, send_one

LOOK_AGAIN_S = 0.1
PATIENCE_S = (TIMEOUT_MS + LEASE_SPARE_MS) / 1000 + 1
TOO_LONG = Refusal(UNREACHABLE, {}, "Another request for a token took too long.")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of asking for a token. `errand` and `exchange` None: the token server was not asked."""

    outcome: Outcome
    errand: Errand | None = None
    exchange: Exchange | None = None


def fetch(desk: TokenDesk, policy: OutboundPolicy, asking: Asking) -> Fetched:
    """Get a token, from SQL or from the token server. Waits at most two time limits of a token request."""
    give_up = time.monotonic() + PATIENCE_S
    answer = desk.begin(asking)
    while isinstance(answer, Wait):
        if time.monotonic() > give_up:
            return Fetched(TOO_LONG)
        time.sleep(LOOK_AGAIN_S)
        answer = desk.begin(asking)
    errand, exchange = None, None
    while isinstance(answer, Errand):
        errand = answer
        exchange = send_one(errand.request, policy)
        answer = desk.finish(errand, exchange)
    return Fetched(answer, errand, exchange)


def send_signed_in(
    request: Request, sign_in: str, desk: TokenDesk, policy: OutboundPolicy
) -> tuple[Request | None, Exchange]:
    """Send a request with a token of this sign-in; a 401 renews it and repeats the request, once.

    The request is None in what comes back if there was no token, so that nothing could be sent.
    """
    outcome = fetch(desk, policy, Asking(sign_in)).outcome
    if isinstance(outcome, Refusal):
        return None, refused_exchange(outcome)
    carry(request, outcome)
    exchange = clean(send_one(request, policy), outcome, renewed=False)
    if exchange.status != UNAUTHORIZED:
        return request, exchange
    newer = fetch(desk, policy, Asking(sign_in, rejected=outcome.generation)).outcome
    if isinstance(newer, Refusal):
        return request, refused_exchange(newer, exchange)
    carry(request, newer)
    return request, clean(send_one(request, policy), newer, renewed=True)
