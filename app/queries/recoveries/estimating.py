"""How long it will take, from how long the receiver took for its last answer."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.models import Attempt, Webhook

# What an answer takes if nothing is known.
USUAL_US = 200_000


def estimated_seconds(session: Session, webhook: Webhook, count: int, rate_per_s: int | None) -> int:
    """Seconds for `count` events: by both speed limits, and by what the receiver takes at a time."""
    last = session.get(Attempt, webhook.lane.last_attempt_id) if webhook.lane.last_attempt_id else None
    each_us = last.duration_us if last is not None and last.duration_us else USUAL_US
    at_once = 1 if webhook.one_by_one else max(1, webhook.max_in_flight)
    seconds = [count * each_us / 1_000_000 / at_once]
    seconds += [count / rate for rate in (rate_per_s, webhook.rate_per_s) if rate]
    return round(max(seconds))
