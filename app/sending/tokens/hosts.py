"""Why a token was not sent: its connection does not name the server."""

from __future__ import annotations

from app.sending.message.hosts import host_of
from app.sending.tokens.token_answer import REFUSED, TokenRefusal


def not_named(url: str) -> TokenRefusal:
    """Why nothing was sent to an address whose host the connection does not name."""
    host = host_of(url)
    return TokenRefusal(
        REFUSED, {"host": host, "host_not_named": "1"}, f"The OAuth connection does not name {host}."
    )
