"""What an engine has claimed: which of it may go now, and which waits because enough of its webhook is under way.

Of a webhook whose receiver answers at once more is leased than may be under way, so that a claim is worth its cost
also if one webhook is all there is. What is too much waits here, and goes back when the receiver is slow or fails.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.ledger.leases import Entry
from app.sending.engine.transfer import Transfer

# What could not be sent so soon after it was claimed is given back, long before its lease ends; what only waits for its
# webhook's turn sooner: meanwhile it can be neither held nor skipped.
UNSENT_S, WAITED_S = 5.0, 1.0
# A receiver that answers so soon is quick. (The limit of `WAITED_S` is twenty such answers after one another.)
QUICK_US = 50_000
# With more webhooks at work an ordinary claim takes enough.
FEW = 8


@dataclass(slots=True)
class _LeasedLane:
    """One webhook: what this engine has leased, how much of it is ready or under way, and how much may be."""

    leased: int = 0
    let_go: int = 0
    at_once: int = 0
    waiting: deque[Transfer] = field(default_factory=deque)


class ClaimedWork:
    """Counts what is claimed until it is recorded, and says what may go. `ready`: that, in its order."""

    def __init__(self) -> None:
        self.ready: deque[Transfer] = deque()
        self.count = 0
        self._lanes: dict[str, _LeasedLane] = {}
        self._behind: dict[str, _LeasedLane] = {}  # those of which some wait for their turn
        self._quick: dict[str, None] = {}  # a few webhooks that answered at once just now
        self._too_much: list[Transfer] = []

    def __bool__(self) -> bool:
        """True while something is not sent."""
        return bool(self.ready or self._behind or self._too_much)

    def add(self, jobs: Iterable[Transfer]) -> None:
        """These were claimed. What may not go yet is let go when others of its webhook have ended."""
        for job in jobs:
            lane = self._leased(job)
            if job.claimed.at_once:
                lane.at_once = job.claimed.at_once
                lane.waiting.append(job)
                self._behind[job.claimed.webhook_id] = lane
            else:
                lane.let_go += 1
                self.ready.append(job)
        for webhook_id in list(self._behind):
            self._let_go(webhook_id)

    def add_broken(self, job: Transfer) -> None:
        """This was claimed and ends at once."""
        self._leased(job).let_go += 1

    def note_ended(self, job: Transfer, ok: bool, duration_us: int) -> None:
        """This is under way no more."""
        webhook_id = job.claimed.webhook_id
        self._lanes[webhook_id].let_go -= 1
        if not ok or duration_us > QUICK_US:
            self._slow(webhook_id)
            return
        if webhook_id not in self._quick:
            if len(self._quick) >= FEW:
                del self._quick[next(iter(self._quick))]
            self._quick[webhook_id] = None
        if webhook_id in self._behind:
            self._let_go(webhook_id)

    def note_recorded(self, outcomes: Sequence[Entry]) -> None:
        """These are handed to the ledger, which ends their leases."""
        for entry in outcomes:
            self._returned(entry.webhook_id)

    def ahead(self) -> Mapping[str, int]:
        """Webhooks of which a claim may take more than may be under way, and how many of each are leased."""
        if len(self._lanes) > FEW:
            return {}
        return {i: self._lanes[i].leased if i in self._lanes else 0 for i in self._quick}

    def take_back(self, *, everything: bool) -> list[Transfer]:
        """What is to be given back: all that is not sent, or what has waited too long or for a slow receiver."""
        now = time.monotonic()
        everything = everything or bool(self.ready and now - self.ready[0].claimed_at > UNSENT_S)
        for webhook_id, lane in list(self._behind.items()):
            if everything or now - lane.waiting[0].claimed_at > WAITED_S:
                self._slow(webhook_id)
        back, self._too_much = self._too_much, []
        if everything:
            for job in self.ready:
                self._lanes[job.claimed.webhook_id].let_go -= 1
            back += self.ready
            self.ready.clear()
        for job in back:
            self._returned(job.claimed.webhook_id)
        return back

    def _leased(self, job: Transfer) -> _LeasedLane:
        webhook_id = job.claimed.webhook_id
        lane = self._lanes.get(webhook_id)
        if lane is None:
            lane = self._lanes[webhook_id] = _LeasedLane()
        lane.leased += 1
        self.count += 1
        return lane

    def _returned(self, webhook_id: str) -> None:
        lane = self._lanes[webhook_id]
        lane.leased -= 1
        self.count -= 1
        if not lane.leased:
            del self._lanes[webhook_id]

    def _let_go(self, webhook_id: str) -> None:
        lane = self._behind[webhook_id]
        while lane.waiting and lane.let_go < lane.at_once:
            lane.let_go += 1
            self.ready.append(lane.waiting.popleft())
        if not lane.waiting:
            del self._behind[webhook_id]

    def _slow(self, webhook_id: str) -> None:
        """No more is leased ahead of it, and what was goes back."""
        self._quick.pop(webhook_id, None)
        if (lane := self._behind.pop(webhook_id, None)) is not None:
            self._too_much += lane.waiting
            lane.waiting.clear()
