"""What differs between two tries. Costs time linear in what is kept of them, whatever strangers sent.

Lines are not aligned by the longest common subsequence, whose time a stranger could make quadratic: a line is marked
if the other side has no such line left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app.models import Attempt
from app.queries.deliveries.explanations import read_headers

MOST_LINES, LONGEST_LINE = 400, 300

# Headers that no two tries have in common: that they differ tells nothing.
ALWAYS_DIFFER = frozenset(
    {
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "date",
        "content-length",
        "cf-ray",
        "x-request-id",
    }
)

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Row:
    """A name with its two values; None where a side has none. `differs`: it is worth a mark."""

    name: str
    left: str | None
    right: str | None
    differs: bool


@dataclass(frozen=True, slots=True)
class BodyLine:
    """A line of a body; `only_here`: the other side has no such line."""

    text: str
    only_here: bool


@dataclass(frozen=True, slots=True)
class Phase:
    """How long one phase took on each side, in microseconds; None where it did not get there."""

    name: str
    left: int | None
    right: int | None


PHASES = ("dns", "connect", "tls", "first_byte", "rest")


def phase_lengths(attempt: Attempt) -> dict[str, int]:
    """How long each phase took, in microseconds. The row holds moments since the start; absent: not reached."""
    marks = (attempt.dns_us, attempt.connect_us, attempt.tls_us, attempt.first_byte_us, attempt.duration_us)
    lengths, before = {}, 0
    for name, mark in zip(PHASES, marks, strict=True):
        if mark:
            lengths[name] = max(0, mark - before)
            before = max(before, mark)
    return lengths


def phases(left: Attempt | None, right: Attempt | None) -> list[Phase]:
    """All phases of both."""
    a, b = (phase_lengths(one) if one else {} for one in (left, right))
    return [Phase(name, a.get(name), b.get(name)) for name in PHASES if name in a or name in b]


def header_rows(left: bytes | None, right: bytes | None) -> list[Row]:
    """The headers of both by name, those that differ first. Values of one name are joined, as HTTP allows."""
    a, b = _by_name(read_headers(left)), _by_name(read_headers(right))
    rows = [
        Row(name, a.get(name), b.get(name), a.get(name) != b.get(name) and name not in ALWAYS_DIFFER)
        for name in dict.fromkeys([*a, *b])
    ]
    return sorted(rows, key=lambda row: not row.differs)


def lines(left: str, right: str) -> tuple[list[BodyLine], list[BodyLine]]:
    """Both texts line by line, at most `MOST_LINES` of each, marked where the other has no such line."""
    a, b = _cut(left), _cut(right)
    return _marked(a, Counter(b)), _marked(b, Counter(a))


def _marked(own: Sequence[str], others: Counter[str]) -> list[BodyLine]:
    found = []
    for text in own:
        others[text] -= 1
        found.append(BodyLine(text, others[text] < 0))
    return found


def _cut(text: str) -> list[str]:
    return [line[:LONGEST_LINE] for line in text.split("\n", MOST_LINES)[:MOST_LINES]] if text else []


def _by_name(headers: Pairs) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found
