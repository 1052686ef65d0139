"""The token database worker: keeps tokens in SQL in a thread of its own, so that no delivery waits for it.

The thread starts with the first question; an engine whose webhooks use no OAuth credential never has one.
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

from app.outbound import Exchange
from app.sending.tokens.token_answer import UNREACHABLE, TokenRefusal
from app.sending.tokens.token_store import Asking, Outcome, TokenFetch, TokenStore, Wait

LOOK_AGAIN_S = 0.1
# The lease of a worker that vanished ends by itself before that; a database may come back.
GIVE_UP_AFTER_S = 10.0

TOO_LONG = TokenRefusal(UNREACHABLE, {}, "Another worker's request for a token took too long.")
OUR_FAULT = TokenRefusal("internal", {}, "The token could not be read or kept.")

Reply = Outcome | TokenFetch | Wait
Answer = tuple[str, Outcome | TokenFetch]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Task:
    """A question for the token store, repeated while the token store says wait."""

    credential_id: str
    do: Callable[[], Reply]
    give_up: float = field(default_factory=lambda: time.monotonic() + GIVE_UP_AFTER_S)


class TokenWorker:
    """Asks the token store. `wake` is called from the database worker's thread when an answer is ready."""

    def __init__(self, token_store: TokenStore, wake: Callable[[], None]) -> None:
        """`token_store` is used from the database worker's thread only."""
        self._token_store = token_store
        self._wake = wake
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._later: list[tuple[float, int, _Task]] = []
        self._sequence = itertools.count()
        self._answers: SimpleQueue[Answer] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def ask(self, asking: Asking) -> None:
        """A token, a refusal or a fetch for this OAuth credential; it comes out of `answers`."""
        self._hand_in(_Task(asking.credential_id, lambda: self._token_store.begin(asking)))

    def finish(self, task: TokenFetch, exchange: Exchange) -> None:
        """Keep what a fetch brought; the same kinds of answers come of it."""
        self._hand_in(_Task(task.asking.credential_id, lambda: self._token_store.finish(task, exchange)))

    def answers(self) -> list[Answer]:
        """(OAuth credential, answer) of those that are ready."""
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
            self._thread = threading.Thread(target=self._work, name="token database worker", daemon=True)
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
        except (
            Exception
        ):  # whatever it is: the thread serves all OAuth credentials, and who asked must get an answer
            log.exception("The token of OAuth connection %s cannot be read or kept", task.credential_id)
            reply = OUR_FAULT
        if isinstance(reply, Wait) and patient:
            heapq.heappush(self._later, (time.monotonic() + LOOK_AGAIN_S, next(self._sequence), task))
            return
        self._answers.put((task.credential_id, TOO_LONG if isinstance(reply, Wait) else reply))
        self._wake()
