"""How far the workers are, read from the database that they write to."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import Engine, text

LOOK_EVERY_S = 0.1


class Seen(NamedTuple):
    """What was seen at one moment. at: of `time.perf_counter`."""

    at: float
    attempts: int
    in_flight: int


def attempts_made(engine: Engine) -> int:
    """How many tries were recorded."""
    with engine.connect() as connection:
        return int(connection.scalar(text("select count(*) from attempt")) or 0)


def watch(engine: Engine, count: int, seconds: float, also: Callable[[], None] = lambda: None) -> list[Seen]:
    """Look until `count` tries are recorded; `also` is called each time. RuntimeError after `seconds`."""
    until = time.perf_counter() + seconds
    seen: list[Seen] = []
    while not seen or seen[-1].attempts < count:
        with engine.connect() as connection:
            row = connection.execute(
                text("select (select count(*) from attempt), (select count(*) from lease)")
            ).one()
        seen.append(Seen(time.perf_counter(), *row))
        also()
        if seen[-1].at > until:
            raise RuntimeError(f"Only {seen[-1].attempts} of {count} were delivered.")
        time.sleep(LOOK_EVERY_S)
    return seen


def steady_rate(seen: list[Seen]) -> float:
    """Tries per second between a quarter and the whole: without start-up, when some wait for others."""
    quarter = next(s for s in seen if s.attempts >= seen[-1].attempts / 4)
    return (seen[-1].attempts - quarter.attempts) / max(1e-6, seen[-1].at - quarter.at)
