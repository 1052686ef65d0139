"""A single transfer, for a web request that waits for its answer (test and ping)."""

from .exchange import Exchange, Request
from .loop import TransferLoop
from .names import Lookup, system_lookup
from .policy import OutboundPolicy


def send_one(request: Request, policy: OutboundPolicy, *, lookup: Lookup = system_lookup) -> Exchange:
    """Send one request and wait for its outcome, at most `request.timeout_ms` and a moment.

    The same rules and the same code as many at once; raises nothing for what the receiver does.
    """
    loop = TransferLoop(keep_alive=1, lookup=lookup)
    try:
        loop.submit(request, None, policy)
        done: list[tuple[object, Exchange]] = []
        while not done:
            done = loop.run(request.timeout_ms / 1000 + 1)
        return done[0][1]
    finally:
        loop.close()
