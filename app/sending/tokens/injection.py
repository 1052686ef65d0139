"""Put a token into a request, and keep it out of what is recorded of the exchange."""

from __future__ import annotations

from app.core.times import now_ms
from app.outbound import Exchange, Request
from app.sending.message.masking import Scrubber
from app.sending.tokens.token_answer import Token, TokenRefusal

UNAUTHORIZED = 401


def carry(request: Request, token: Token) -> None:
    """Put the token into `Authorization: Bearer` (RFC 6750 2.1), where the request was composed without it."""
    value = f"Bearer {token.access_token}"
    request.headers[:] = [(n, value if n == "Authorization" else v) for n, v in request.headers]


def clean(exchange: Exchange, token: Token, renewed: bool) -> Exchange:
    """Take the token out of what the receiver answered; say if it was renewed within this attempt."""
    scrub = Scrubber([token.access_token])
    exchange.body = scrub(exchange.body)
    exchange.headers = [(name, scrub(value)) for name, value in exchange.headers]
    exchange.facts = {name: scrub(value) for name, value in exchange.facts.items()}
    exchange.detail = scrub(exchange.detail)
    if renewed:
        exchange.facts["token_renewed"] = "1"
    return exchange


def refused_exchange(why: TokenRefusal, before: Exchange | None = None) -> Exchange:
    """A try that ends because there is no token: nothing was sent, or `before` was answered with 401."""
    exchange = before or Exchange(started_at_ms=now_ms())
    exchange.fault, exchange.detail = why.reason, why.detail
    exchange.answered = False  # what ends the attempt is the refusal, not the 401 that led to it
    exchange.facts = {**exchange.facts, **why.facts}
    return exchange
