"""How quickly one key may call, so that a program that went wild does not take the server from the others.

Counted in this process alone, which needs no Redis (docs/decisions/api-rate-limit.md).
"""

from __future__ import annotations

import math
import time

from flask import current_app, request
from flask_babel import gettext as _
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from app.api.operation import Operation
from app.api.problems import Problem


class RequestLimit:
    """At most so many calls in a minute that begins with the first of them."""

    def __init__(self, limit: RateLimitItem) -> None:
        self.limit = limit
        self._calls = FixedWindowRateLimiter(MemoryStorage())

    def wait_s(self, who: str) -> int:
        """Count a call of `who`; 0 if it may go on, else for how many seconds to wait."""
        if self._calls.hit(self.limit, who):
            return 0
        return math.ceil(self._calls.get_window_stats(self.limit, who).reset_time - time.time())


rate = RequestLimit(RateLimitItemPerMinute(6000))


def keep_rate_limit(key_id: str) -> None:
    """Raise 429 if this key calls too often; a route may declare that its calls are not counted."""
    operation: Operation | None = getattr(
        current_app.view_functions[str(request.endpoint)], "operation", None
    )
    if operation is not None and not operation.rate_limited:
        return
    if seconds := rate.wait_s(key_id):
        raise Problem(
            429,
            "too-many-requests",
            _("Too many requests"),
            _(
                "This key may call %(n)s times a minute. Wait %(seconds)s seconds.",
                n=rate.limit.amount,
                seconds=seconds,
            ),
            headers={"Retry-After": str(seconds)},
        )
