"""SearchProgress: how far the search keys of events have been taken."""

from __future__ import annotations

from sqlalchemy.orm import Mapped

from app.core.orm import Base, Id, PrimaryId

EVENTS = "events"


class SearchProgress(Base):
    """`last_id`: the event that was taken last. One row, made when the first keys are taken.

    Its lock is the turn to take keys.

    The keys themselves are a table of `ledger.search`: each database has its own kind.
    """

    __tablename__ = "search_progress"

    name: Mapped[PrimaryId]
    last_id: Mapped[Id]
