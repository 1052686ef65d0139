"""How quickly one key may call, so that a program that went wild does not take the server from the others.

Counted in this process alone, which costs nothing and needs no Redis (docs/decisions/pace-of-the-api.md).
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable

from flask import current_app, request
from flask_babel import gettext as _

from app.api.operation import Operation
from app.api.problems import Problem

CALLS_A_MINUTE = 6000
MINUTE_S = 60


class Pace:
    """Counts calls in windows of a minute that are the same for all. `clock` gives seconds."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`most`: calls in one window."""
        self.most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._window = 0
        self._calls: Counter[str] = Counter()

    def wait_s(self, who: str) -> int:
        """Count a call of `who`; 0 if it may go on, else for how many seconds to wait."""
        now = self._clock()
        window = int(now // MINUTE_S)
        with self._lock:
            if window != self._window:
                self._window, self._calls = window, Counter()
            self._calls[who] += 1
            if self._calls[who] <= self.most:
                return 0
        return math.ceil((window + 1) * MINUTE_S - now)


pace = Pace(CALLS_A_MINUTE)


def keep_pace(key_id: str) -> None:
    """Raise 429 if this key calls too often; a route may declare that its calls are not counted."""
    operation: Operation | None = getattr(
        current_app.view_functions[str(request.endpoint)], "operation", None
    )
    if operation is not None and not operation.paced:
        return
    if seconds := pace.wait_s(key_id):
        raise Problem(
            429,
            "too-many-requests",
            _("Too many requests"),
            _(
                "This key may call %(n)s times a minute. Wait %(seconds)s seconds.",
                n=pace.most,
                seconds=seconds,
            ),
            headers={"Retry-After": str(seconds)},
        )
