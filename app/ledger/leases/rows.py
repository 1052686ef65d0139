"""Many rows in one statement, for SQLite.

`executemany` goes through the whole machinery for each row (measured: a tenth more, for a wide row).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import TypeVar

# Few sizes, so that SQLite keeps their prepared statements. A row has at most 29 values, and a statement may
# have 32,766.
SIZES = (500, 100, 20, 4, 1)

T = TypeVar("T")


def execute_rows(
    db: sqlite3.Connection, statement: str, rows: Sequence[tuple[object, ...]], constants: str = ""
) -> None:
    """Execute `statement` for rows of one width; `{rows}` in it stands for the list of VALUES.

    `constants`: SQL that each row ends with.
    """
    for part in parts(rows):
        text = _text(statement, len(part), len(part[0]), constants)
        db.execute(text, tuple(chain.from_iterable(part)))


def parts(items: Sequence[T], sizes: Sequence[int] = SIZES) -> Iterator[Sequence[T]]:
    """The items in pieces of a few sizes, the largest first; the last size is 1."""
    start, left = 0, len(items)
    for size in sizes:
        while left >= size:
            yield items[start : start + size]
            start, left = start + size, left - size


@cache
def _text(statement: str, rows: int, width: int, constants: str) -> str:
    one = f"({', '.join('?' * width)}{constants})"
    return statement.format(rows=", ".join([one] * rows))
