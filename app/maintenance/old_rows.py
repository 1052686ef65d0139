"""Remove what is older than `RETENTION_DAYS`, or than the days that a space keeps things for."""

from __future__ import annotations

from flask import current_app

from app.maintenance.retention import anything_old, anything_old_of_spaces, remove_old, remove_old_of_spaces
from app.maintenance.step import Turn


def remove_old_rows(turn: Turn) -> bool:
    """A turn's worth of it."""
    days = current_app.config["SETTINGS"].retention_days
    remove_old(days, turn.goes_on)
    remove_old_of_spaces(days, turn.goes_on)
    return turn.is_over() and (anything_old(days) or anything_old_of_spaces(days))
