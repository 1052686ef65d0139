"""How far the workers are, read from the database that they write to."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import Engine, text

from app.core.times import now_ms

LOOK_EVERY_S = 0.1

# Cheap while it runs, so that looking costs the workers little: counting the tries would cost what they are.
WAITING = "select exists (select 1 from delivery where status = 'pending')"


def attempts_made(engine: Engine) -> int:
    """How many attempts were recorded."""
    with engine.connect() as connection:
        return int(connection.scalar(text("select count(*) from attempt")) or 0)


def watch(engine: Engine, count: int, seconds: float, also: Callable[[], None] = lambda: None) -> float:
    """Look until nothing waits any more, calling `also` each time; returns how many attempts were made in a second.

    Without the first quarter: start-up, when some wait for others. RuntimeError after `seconds`, or if there
    were not exactly `count` tries.
    """
    until, more = time.monotonic() + seconds, True
    while more:
        with engine.connect() as connection:
            more = bool(connection.scalar(text(WAITING)))
        done_at = now_ms()
        also()
        if time.monotonic() > until:
            raise RuntimeError(f"Only {attempts_made(engine)} of {count} were delivered.")
        time.sleep(LOOK_EVERY_S)
    if (made := attempts_made(engine)) != count:
        raise RuntimeError(f"{made} tries were made for {count} deliveries.")
    skipped = count // 4
    with engine.connect() as connection:
        began = connection.scalar(
            text("select started_at from attempt order by started_at limit 1 offset :n"), {"n": skipped}
        )
    return (count - skipped) / max(1, done_at - int(began)) * 1000
