"""One delivery on its way through the engine."""

from __future__ import annotations

from dataclasses import dataclass

from app.ledger.leases import Claimed
from app.sending.message.composing import Message
from app.sending.message.target import Target


@dataclass(slots=True)
class Transfer:
    """A try: what was claimed, for which target, under which lease and when; and what is sent.

    claimed_at: of `time.monotonic`. message: None until it is composed, or if that was not possible.
    """

    claimed: Claimed
    target: Target
    token: str
    claimed_at: float
    message: Message | None = None
