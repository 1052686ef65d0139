"""Import records from CSV files, a few lines of each file in turn: a long file holds up no other space."""

from __future__ import annotations

from app.maintenance.step import Turn
from app.services.records.imports import import_some, next_running


def import_records(turn: Turn) -> bool:
    """Import until the turn ends; True if there is more to do."""
    last = ""
    while (found := next_running(last)) is not None:
        import_some(found)
        last = found
        if not turn.goes_on():
            return True
    return False
