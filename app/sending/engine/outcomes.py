"""Outcomes that wait to be recorded, and when that is worth a transaction.

Milliseconds of waiting save a commit for each delivery when it is busy, and cost nothing when it is quiet.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from app.ledger.leases import Entry

# At the latest this long after the first of them. While quick receivers have more to get, nobody waits for an
# outcome, and fewer and larger transactions leave more of the processor to them.
RECORD_AFTER_S, RECORD_AFTER_BUSY_S = 0.02, 0.06
RECORD_AT = 500
# A database worker that waits gets what there is once it is worth a transaction: then one part is recorded and claimed
# anew while another is sent. Webhooks let a certain number through at a time, and handed over all together those
# would have engine and database worker wait for each other in turn (measured: a third fewer a second).
WORTH_RECORDING = 16


class Outcomes:
    """What has ended and is not recorded yet."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._since = 0.0

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entries: Sequence[Entry]) -> None:
        """These have ended just now."""
        if not self._entries:
            self._since = time.monotonic()
        self._entries += entries

    def take(self) -> list[Entry]:
        """All of them, to be recorded now."""
        entries, self._entries = self._entries, []
        return entries

    def are_due(self, claimed: int, *, flowing: bool, busy: bool, database_worker_waits: bool) -> bool:
        """True if they are to be recorded now.

        `claimed`: how many deliveries the engine has, these among them. `flowing`: receivers are quick, and
        there is more in hand than is sent at a time. `busy`: they are quick, and some wait to be sent.
        """
        waiting = len(self._entries)
        if not waiting:
            return False
        if waiting == claimed or waiting >= RECORD_AT:
            return True
        if flowing and database_worker_waits and waiting >= WORTH_RECORDING:
            return True
        return time.monotonic() - self._since >= (RECORD_AFTER_BUSY_S if busy else RECORD_AFTER_S)
