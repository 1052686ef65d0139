"""Kept-alive connections between two transfers: who used one last, and whether anything came while it rested.

libcurl looks at a kept connection at most now and then. What a receiver wrote after its answer would be read as
the answer to the next request, which may be another space's.
"""

import select

# Both ends of a connection that is up are known to the kernel by our address and port alone.
Local = tuple[str, int]

MOST_KNOWN = 20_000
IN_USE = -1


class Resting:
    """Connections by their local address. `IN_USE` as descriptor: a transfer has it, or HTTP/2 shares it."""

    def __init__(self) -> None:
        self._known: dict[Local, tuple[int, str]] = {}
        self._poll = select.poll()

    def begin(self, local: Local, owner: str) -> None:
        """A transfer of this owner is about to use a connection."""
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[local] = (IN_USE, owner)

    def end(self, local: Local, fd: int, owner: str) -> None:
        """It has used it, and libcurl keeps the connection under this descriptor; negative: it was closed."""
        if fd < 0:
            self._known.pop(local, None)
        else:
            self._known[local] = (fd, owner)

    def may_use(self, local: Local, owner: str) -> bool:
        """Look at a kept connection just before it is used again: it is its owner's, open, and nothing came.

        With TLS a late session ticket counts as something, too: it cannot be told from an answer, and costs a
        new handshake. With HTTP/2 answers belong to their requests by number, so bytes in between are harmless.
        """
        known = self._known.get(local)
        if known is None:
            return False
        fd, last_owner = known
        return fd == IN_USE or (last_owner == owner and self._is_quiet(fd))

    def _is_quiet(self, fd: int) -> bool:
        """True if the connection is open and has nothing to be read.

        `poll` does not take anything out, and costs a fifth of a `recv` that says so by an exception.
        """
        self._poll.register(fd, select.POLLIN)
        quiet = not self._poll.poll(0)
        self._poll.unregister(fd)
        return quiet
