"""The table that `make bench` prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One measurement beside its baseline. `bar`: the ratio that it should reach, None if there is none."""

    what: str
    ours: str
    baseline: str
    ratio: float
    bar: float | None = None
    at_most: bool = False

    @property
    def holds(self) -> bool:
        """True if the ratio is on the right side of the bar."""
        if self.bar is None:
            return True
        return self.ratio <= self.bar if self.at_most else self.ratio >= self.bar


def median_round(rounds: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The round with the median ratio, of rounds in each of which ours and its baseline were measured in turn."""
    return sorted(rounds, key=lambda each: each[0] / each[1])[len(rounds) // 2]


def print_table(lines: list[Line]) -> bool:
    """Print all lines; returns True if every bar holds."""
    widths = [max(len(row[i]) for row in map(_cells, lines)) for i in range(4)]
    header = ("what", "ours", "baseline", "ratio")
    print(
        "  ".join(text.ljust(max(width, len(text))) for text, width in zip(header, widths, strict=True)),
        " bar",
    )
    for line in lines:
        cells = "  ".join(
            text.ljust(max(width, len(name)))
            for text, width, name in zip(_cells(line), widths, header, strict=True)
        )
        print(cells, _bar(line))
    return all(line.holds for line in lines)


def _cells(line: Line) -> tuple[str, str, str, str]:
    return line.what, line.ours, line.baseline, f"{line.ratio:.3f}"


def _bar(line: Line) -> str:
    if line.bar is None:
        return ""
    sign = "<=" if line.at_most else ">="
    return f" {sign} {line.bar:g}  {'holds' if line.holds else 'MISSED'}"
