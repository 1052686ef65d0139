"""The token clerk: does the keeper's work in SQL in a thread of its own, so that no delivery waits for it.

The thread starts with the first question; an engine whose webhooks use no sign-in never has one.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from sqlalchemy.exc import DBAPIError

from app.delivery.sign_in.answer import UNREACHABLE, Refusal
from app.delivery.sign_in.desk import Asking, Errand, Outcome, TokenDesk, Wait
from app.outbound import Exchange

LOOK_AGAIN_S = 0.1
# The lease of a worker that vanished ends by itself before that; a database may come back.
PATIENCE_S = 10.0

TOO_LONG = Refusal(UNREACHABLE, {}, "Another worker's request for a token took too long.")
OUR_FAULT = Refusal("internal", {}, "The token could not be read or kept.")

Reply = Outcome | Errand | Wait
Answer = tuple[str, Outcome | Errand]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Task:
    """A question for the desk, repeated while the desk says wait."""

    credential_id: str
    do: Callable[[], Reply]
    give_up: float = field(default_factory=lambda: time.monotonic() + PATIENCE_S)


class TokenClerk:
    """Asks the desk. `wake` is called from the clerk's thread when an answer is ready."""

    def __init__(self, desk: TokenDesk, wake: Callable[[], None]) -> None:
        """`desk` is used from the clerk's thread only."""
        self._desk = desk
        self._wake = wake
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._later: list[tuple[float, int, _Task]] = []
        self._sequence = itertools.count()
        self._answers: SimpleQueue[Answer] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def ask(self, asking: Asking) -> None:
        """A token, a refusal or an errand for this sign-in; it comes out of `answers`."""
        self._hand_in(_Task(asking.credential_id, lambda: self._desk.begin(asking)))

    def finish(self, errand: Errand, exchange: Exchange) -> None:
        """Keep what an errand brought; the same kinds of answers come of it."""
        self._hand_in(_Task(errand.asking.credential_id, lambda: self._desk.finish(errand, exchange)))

    def answers(self) -> list[Answer]:
        """(sign-in, answer) of those that are ready."""
        ready = []
        while not self._answers.empty():
            ready.append(self._answers.get())
        return ready

    def close(self) -> None:
        """End the thread. What waits is left: its deliveries are found when their leases end."""
        if self._thread is not None:
            self._tasks.put(None)
            self._thread.join()

    def _hand_in(self, task: _Task) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="token clerk", daemon=True)
            self._thread.start()
        self._tasks.put(task)

    def _work(self) -> None:
        while True:
            try:
                task = self._tasks.get(timeout=self._until_next())
                if task is None:
                    return
            except Empty:
                task = heapq.heappop(self._later)[2]
            self._carry_out(task)

    def _until_next(self) -> float | None:
        return max(0.0, self._later[0][0] - time.monotonic()) if self._later else None

    def _carry_out(self, task: _Task) -> None:
        patient = time.monotonic() < task.give_up
        try:
            reply = task.do()
        except DBAPIError as error:
            log.warning("A token cannot be read or kept now: %s", type(error).__name__)
            reply = Wait() if patient else OUR_FAULT
        except Exception:  # whatever it is: the thread serves all sign-ins, and who asked must get an answer
            log.exception("The token of sign-in %s cannot be read or kept", task.credential_id)
            reply = OUR_FAULT
        if isinstance(reply, Wait) and patient:
            heapq.heappush(self._later, (time.monotonic() + LOOK_AGAIN_S, next(self._sequence), task))
            return
        self._answers.put((task.credential_id, TOO_LONG if isinstance(reply, Wait) else reply))
        self._wake()
