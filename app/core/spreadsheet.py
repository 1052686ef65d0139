"""What a spreadsheet would take for a formula, and how a cell of a CSV file says that it is none (security.md)."""

from __future__ import annotations

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless_cell(value: str) -> str:
    """The text of a cell; one that would be worked out begins with an apostrophe."""
    return f"'{value}" if value.startswith(_BEGINS_FORMULA) else value
