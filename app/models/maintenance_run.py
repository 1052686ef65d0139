"""MaintenanceRun: when a step of the maintenance last had a turn that went well."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.orm import Base, UtcDateTimeColumn


class MaintenanceRun(Base):
    """One row for each step, whichever worker ran it. `/readyz` reads what is late from it."""

    __tablename__ = "maintenance_run"

    step: Mapped[str] = mapped_column(String(40), primary_key=True)
    finished_at: Mapped[UtcDateTimeColumn]
