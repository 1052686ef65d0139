"""A test or ping on screen: the verdict in a sentence, and what was sent and answered."""

from __future__ import annotations

from dataclasses import dataclass

from app.models import Attempt
from app.models.delivery import SUCCEEDED
from app.queries.deliveries.explanations import explain_attempt
from app.sending.failures.diagnosis import Explanation
from app.web.times import clock


@dataclass(frozen=True, slots=True)
class Probe:
    """One attempt outside any delivery; `explanation` is None if it passed."""

    attempt: Attempt
    explanation: Explanation | None

    @property
    def passed(self) -> bool:
        """True if the answer counts as delivered."""
        return self.attempt.outcome == SUCCEEDED


def probe_of(attempt: Attempt, timeout_s: int) -> Probe:
    """The attempt with its explanation."""
    return Probe(attempt, explain_attempt(attempt, timeout_s, clock))
