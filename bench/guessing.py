"""Whether the time of an answer tells a wrong incoming address from an unknown one.

The wrong one begins like a true address and ends differently, the unknown one is another all through. Both are answered
404, in turn; a Mann-Whitney test says by how many standard deviations the ranks of their times are apart: beyond 3 is
no chance.
"""

from __future__ import annotations

import random
import secrets
from pathlib import Path

from bench.caller import call_in_turn, request_bytes
from bench.incoming import LEADS, prepare
from bench.publish import serving
from bench.table import Line
from tests.machine.settings import settings_for

CALLS = 2_000
MOST_DEVIATIONS = 3.0
SEED = 4711


def telling(name: str, database_url: str, redis_url: str, folder: Path) -> list[Line]:
    """The line for one database. Every address is asked for once: nothing about it can be remembered."""
    settings = settings_for(folder / f"guessing-{name}", DATABASE_URL=database_url, REDIS_URL=redis_url)
    _key, path = prepare(settings, "https://example.com/hook")
    order = [True, False] * CALLS
    random.Random(SEED).shuffle(order)
    requests = [request_bytes(_near(path) if near else _far(path), b"{}") for near in order]
    with serving(settings) as app:
        port = int(app.settings["PORT"])
        call_in_turn(port, requests[:200], b"404")
        times = call_in_turn(port, requests, b"404")
    near, far = (
        [t for t, which in zip(times, order, strict=True) if which is kind] for kind in (True, False)
    )
    apart = abs(deviations(near, far))
    what = f"{name}: times of a wrong and of an unknown address are apart, in standard deviations"
    return [Line(what, f"{apart:.2f}", f"{MOST_DEVIATIONS:.0f}", apart / MOST_DEVIATIONS, 1.0, at_most=True)]


def deviations(some: list[float], others: list[float]) -> float:
    """Mann-Whitney's U as standard deviations from what chance gives; times are hardly ever equal."""
    ranks = {at: rank for rank, at in enumerate(sorted([*some, *others]), 1)}
    n, m = len(some), len(others)
    u = sum(ranks[one] for one in some) - n * (n + 1) / 2
    return float((u - n * m / 2) / (n * m * (n + m + 1) / 12) ** 0.5)


def _near(path: str) -> str:
    """All but the end of a true address, which is made up."""
    return f"{path[:-4]}{secrets.token_urlsafe(3)}{LEADS}"


def _far(path: str) -> str:
    return f"/in/{secrets.token_urlsafe(24)}{LEADS}"
