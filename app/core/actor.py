"""Who acts."""

from __future__ import annotations

from dataclasses import dataclass

PERSON, KEY, COMMAND, RECEIVER, US = "person", "key", "command", "receiver", "us"
# Somebody who is not known (yet): a wrong password under a person's e-mail address.
UNKNOWN = "unknown"
# Somebody whom a host product let in by a portal link.
PORTAL = "portal"
ACTOR_KINDS = (PERSON, KEY, COMMAND, RECEIVER, US, UNKNOWN, PORTAL)


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who changes something. kind: a person, an API key, the command line, a receiver, us, or somebody whom
    a host product let in.

    `name`: an e-mail address, a key's name, or what the host product calls them. `address`: the network address that
    the call came from.
    `rights`: the permissions that they hold; None: the door through which they came has asked already.
    """

    kind: str
    name: str
    id: str | None = None
    address: str = ""
    rights: frozenset[str] | None = None

    def may(self, permission: str) -> bool:
        """True if they hold the permission."""
        return self.rights is None or permission in self.rights


HOOKDESK = Actor(US, "Hookdesk")
