"""A CSV file as people export it: comma, semicolon or tab, UTF-8 or Windows; bounded in bytes, lines and columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from flask_babel import gettext as _

from app.core.errors import FieldError, Invalid

MOST_BYTES = 900 * 1024  # a form as a whole may have 1 MiB
MOST_LINES = 10_000
MOST_COLUMNS = 100
LONGEST_CELL = 20_000
DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class CsvFile:
    """Its columns' names and how many lines follow them."""

    columns: list[str]
    total: int


def read_csv(raw: bytes) -> CsvFile:
    """What the file holds. Raises `Invalid` (field "file") for what is no CSV that can be imported."""
    if len(raw) > MOST_BYTES:
        raise _refused(_("The file is larger than %(n)s KB. Split it.", n=MOST_BYTES // 1000))
    try:
        rows = _rows(raw)
        columns = next(rows, [])
        total = sum(1 for _row in islice(rows, MOST_LINES + 1))
    except (csv.Error, UnicodeDecodeError):
        raise _refused(_("The file cannot be read as CSV.")) from None
    if not any(column.strip() for column in columns):
        raise _refused(_("The first line must hold the names of the columns."))
    if len(columns) > MOST_COLUMNS:
        raise _refused(_("The file has more than %(n)s columns.", n=MOST_COLUMNS))
    if total > MOST_LINES:
        raise _refused(_("The file has more than %(n)s lines. Split it.", n=MOST_LINES))
    if total == 0:
        raise _refused(_("The file has no lines below the names of the columns."))
    return CsvFile([column.strip()[:100] for column in columns], total)


def lines_of(raw: bytes, after: int, at_most: int) -> Iterator[list[str]]:
    """The lines below the names, from the one after so many. The file was read by `read_csv` before."""
    return islice(_rows(raw), after + 1, after + 1 + at_most)


def _rows(raw: bytes) -> Iterator[list[str]]:
    csv.field_size_limit(LONGEST_CELL)
    text = _decoded(raw)
    head = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    return (row for row in rows if any(cell.strip() for cell in row))


def _decoded(raw: bytes) -> str:
    """UTF-8; else as Windows writes it, in which every byte is a letter."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _refused(message: str) -> Invalid:
    return Invalid([FieldError("file", message)])
