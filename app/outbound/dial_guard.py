"""The address that is really dialled decides, not the text of the URL (security.md, the one way out)."""

import socket
from collections.abc import Callable
from typing import Any

import pycurl

from .networks import may_dial
from .policy import OutboundPolicy

REFUSED_SOCKET: int = pycurl.SOCKET_BAD


class DialGuard:
    """Decides on each address at the moment it would be dialled; one refusal ends the whole transfer."""

    __slots__ = ("dialled", "on_dial", "open_to_all", "policy", "refused", "trouble")

    def __init__(self, policy: OutboundPolicy, on_dial: Callable[[], None]) -> None:
        """`on_dial` is called before each new socket."""
        self.policy = policy
        self.on_dial = on_dial
        self.clear(open_to_all=False)

    def clear(self, *, open_to_all: bool) -> None:
        """Begin a transfer; `open_to_all` is for the own inbox alone."""
        self.open_to_all = open_to_all
        self.refused = False
        self.dialled = False
        self.trouble = ""

    def on_socket(self, purpose: int, address: tuple[int, int, int, tuple[Any, ...]]) -> socket.socket | int:
        """libcurl's OPENSOCKETFUNCTION: a socket for this address, or a refusal."""
        family, kind, protocol, target = address
        if purpose != pycurl.SOCKTYPE_IPCXN or self.refused or not self._may_dial(family, target):
            self.refused = True
            return REFUSED_SOCKET
        self.on_dial()
        try:
            opened = socket.socket(family, kind, protocol)
        except OSError as error:  # out of descriptors, or no IPv6 here; libcurl goes on to the next answer
            self.trouble = str(error)
            return REFUSED_SOCKET
        self.dialled = True
        return opened

    def _may_dial(self, family: int, target: tuple[Any, ...]) -> bool:
        if family not in (socket.AF_INET, socket.AF_INET6):
            return False
        return self.open_to_all or may_dial(target[0], self.policy)
