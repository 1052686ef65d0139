"""What an installation allows its requests to reach."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

_INBOX_NAME = re.compile(r"[a-z0-9]{16,64}")


@dataclass(frozen=True, slots=True)
class OutboundPolicy:
    """The rules for one installation; immutable, so that a running loop can trust it.

    allow_networks: networks that may be dialled besides public ones.
    allow_http: whether plain `http` is allowed besides `https`.
    allow_ports: the ports that may be used; None means any.
    own_inbox: the prefix of the product's own test address, ending in `/`, for example
        `http://127.0.0.1:8000/inbox/`. Only this prefix plus a name of 16 to 64 lower-case letters and
        digits gets the exception: its scheme, its port and whatever address it leads to are allowed.
    ca_file: a PEM file of trusted authorities; None means certifi's.
    """

    allow_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    allow_http: bool = False
    allow_ports: frozenset[int] | None = frozenset({443, 8443})
    own_inbox: str | None = None
    ca_file: str | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for an inbox prefix that could be continued into another host or port."""
        if self.own_inbox is not None and not self.own_inbox.endswith("/"):
            raise ValueError("own_inbox must end with a slash")

    def is_own_inbox(self, url: str) -> bool:
        """Say whether `url` is, character for character, an address of the product's own inbox."""
        prefix = self.own_inbox
        if not prefix or not url.startswith(prefix):
            return False
        return _INBOX_NAME.fullmatch(url, len(prefix)) is not None

    def allows_port(self, port: int) -> bool:
        """Say whether a request may go to this TCP port."""
        return self.allow_ports is None or port in self.allow_ports
