"""Which servers an OAuth connection may be used for: those that it names."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit


def host_of(url: str) -> str:
    """The name of the server in an address, lower case."""
    return urlsplit(url).hostname or ""


def may_go_to(url: str, hosts: Collection[str]) -> bool:
    """True if a connection that names these hosts may be used for this address."""
    return host_of(url) in hosts
