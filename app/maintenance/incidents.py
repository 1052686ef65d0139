"""Find incidents: open them, count what failed, end them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.maintenance.step import Turn
from app.services.incidents.finding import follow, open_incident, to_follow, to_open


def find_incidents(turn: Turn) -> bool:
    """A turn's worth of it, a transaction for each step of each incident."""
    return _each(turn, to_open(), _open) or _each(turn, to_follow(), follow)


def _open(session: Session, webhook_id: str) -> bool:
    open_incident(session, webhook_id)
    return False


def _each(turn: Turn, ids: Sequence[str], step: Callable[[Session, str], bool]) -> bool:
    """Do the step for each until it says that it is done; True if the turn ended before."""
    for one in ids:
        more = True
        while more:
            if not turn.goes_on():
                return True
            with transaction() as session:
                more = step(session, one)
    return False
