"""Tell people about API keys that end soon."""

from __future__ import annotations

from app.maintenance.step import Turn
from app.services.api_keys.ending import AT_ONCE, tell_of_ends


def tell_of_ends_of_keys(turn: Turn) -> bool:
    """Write the letters that are due."""
    return tell_of_ends() >= AT_ONCE and not turn.stopping()
