"""The jobs that RQ runs. No logic: each calls one thing."""

from __future__ import annotations

from workers.maintenance import maintenance_runtime
from workers.runtime import worker_runtime


def deliver() -> None:
    """Deliver what is due: somebody rang."""
    worker_runtime().deliver()


def sweep() -> None:
    """Deliver what is due, also where no ring was heard."""
    worker_runtime().sweep()


def maintain() -> None:
    """Do what there is of maintenance: somebody left more than one step."""
    maintenance_runtime().sweep()
