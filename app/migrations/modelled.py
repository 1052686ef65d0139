"""Which tables follow from the models: all but those that each database has in its own kind."""

from __future__ import annotations

from typing import Any

# Of `app.ledger.search`; SQLite makes more tables beside it, whose names begin with its own.
_OF_THEIR_OWN_KIND = "event_search"


def is_modelled(item: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """False for tables, and indexes of them, that no model describes (Alembic's `include_object`)."""
    table = name if kind == "table" else item.table.name
    return not (reflected and str(table).startswith(_OF_THEIR_OWN_KIND))
