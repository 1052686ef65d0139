"""Reading place: how far a maintenance step has read what happened, so that the next turn goes on from there."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.orm import Base, Identifier


class ReadingPlace(Base):
    """`after`: the id of the last row that was read. One row for each reader."""

    __tablename__ = "reading_place"

    reader: Mapped[str] = mapped_column(String(40), primary_key=True)
    after: Mapped[str] = mapped_column(Identifier)
