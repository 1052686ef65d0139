"""One transfer after the other, for whoever waits for each answer: tests, pings, checks."""

from __future__ import annotations

from types import TracebackType

from .exchange import Exchange, Request
from .loop import TransferLoop
from .names import Lookup, system_lookup
from .policy import OutboundPolicy


class OneByOne:
    """Sends requests one after the other and keeps the connection between them, if the receiver does."""

    def __init__(self, *, lookup: Lookup = system_lookup) -> None:
        self._loop = TransferLoop(keep_alive=1, lookup=lookup)

    def __enter__(self) -> OneByOne:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.close()

    def send(self, request: Request, policy: OutboundPolicy) -> Exchange:
        """Send one request and wait for its outcome, at most `request.timeout_ms` and a moment.

        The same rules and the same code as many at once; raises nothing for what the receiver does.
        """
        self._loop.submit(request, None, policy)
        done: list[tuple[object, Exchange]] = []
        while not done:
            done = self._loop.run(request.timeout_ms / 1000 + 1)
        return done[0][1]


def send_one(request: Request, policy: OutboundPolicy, *, lookup: Lookup = system_lookup) -> Exchange:
    """As `OneByOne.send`, on a connection of its own."""
    with OneByOne(lookup=lookup) as sender:
        return sender.send(request, policy)
