"""Which servers a token may be sent to: those that its connection names."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from app.sending.tokens.token_answer import REFUSED, Refusal


def host_of(url: str) -> str:
    """The name of the server in an address, lower case."""
    return urlsplit(url).hostname or ""


def may_go_to(url: str, hosts: Collection[str]) -> bool:
    """True if a connection that names these hosts may be used for this address."""
    return host_of(url) in hosts


def not_named(url: str) -> Refusal:
    """Why nothing was sent to an address whose host the connection does not name."""
    host = host_of(url)
    return Refusal(
        REFUSED, {"host": host, "host_not_named": "1"}, f"The OAuth connection does not name {host}."
    )
