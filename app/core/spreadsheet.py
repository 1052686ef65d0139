"""What a spreadsheet would take for a formula, and how a cell of a CSV file says that it is none (security.md)."""

from __future__ import annotations

from typing import Any

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless_cell(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: such a text begins with an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_BEGINS_FORMULA) else cell
