"""Which steps of the maintenance are late, for `/readyz`; and how a worker says that one is done."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select

from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.core.upserts import insert_into
from app.maintenance.registry import STEPS
from app.models import MaintenanceRun

# How long after the time at which it should have looked again a step is late. Workers note what is done every
# ten seconds, and restart within thirty.
GRACE = timedelta(seconds=60)


def late_steps() -> list[dict[str, str | None]]:
    """Steps that had no turn in time, each with when it had its last one (ISO 8601, UTC; None: never)."""
    finished: dict[str, datetime] = {
        run.step: run.finished_at for run in db.session.scalars(select(MaintenanceRun))
    }
    now = utc_now()
    return [
        {"step": step.name, "last_finished": at.isoformat() if at else None}
        for step in STEPS
        if (at := finished.get(step.name)) is None or now - at > GRACE + timedelta(seconds=step.every_s)
    ]


def note_finished(names: Collection[str]) -> None:
    """These steps have just had a turn that went well."""
    now = utc_now()
    with transaction() as session:
        rows = insert_into(session, MaintenanceRun).values(
            [{"step": name, "finished_at": now} for name in sorted(names)]
        )
        session.execute(
            rows.on_conflict_do_update(
                index_elements=["step"], set_={"finished_at": rows.excluded.finished_at}
            )
        )
