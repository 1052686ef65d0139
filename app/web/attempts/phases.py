"""The phases of a try as a small bar: how long each took, and where it ended."""

from __future__ import annotations

from typing import NamedTuple

from flask_babel import lazy_gettext as _l

from app.models import Attempt
from app.queries.attempts.comparing import phase_lengths

WIDTH = 240
# So that a phase of a millisecond beside one of five seconds is still seen.
LEAST = 2.0

_WORDS = {
    "dns": _l("name look-up"),
    "connect": _l("connect"),
    "tls": _l("encryption"),
    "first_byte": _l("first byte"),
    "rest": _l("rest"),
}


class Piece(NamedTuple):
    """One phase in the bar: its stable name, its words, its length in microseconds, where it lies."""

    name: str
    words: str
    us: int
    x: float
    width: float


def phase_words(name: str) -> str:
    """What a phase is called."""
    return str(_WORDS[name])


def phase_bar(attempt: Attempt, longest_us: int | None = None) -> list[Piece]:
    """The pieces of the bar, `WIDTH` wide for `longest_us`, or for the whole try."""
    lengths = phase_lengths(attempt)
    whole = max(1, longest_us or 0, sum(lengths.values()))
    room = WIDTH - LEAST * len(lengths)
    pieces, x = [], 0.0
    for name, us in lengths.items():
        width = LEAST + room * us / whole
        pieces.append(Piece(name, phase_words(name), us, round(x, 2), round(width, 2)))
        x += width
    return pieces
