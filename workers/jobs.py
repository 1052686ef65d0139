"""The jobs that RQ runs. No logic: each calls one thing.

A worker loads what its own jobs need, and not what the others' do: it would hold that in memory for nothing.
"""

# ruff: noqa: PLC0415 (as said above)

from __future__ import annotations


def deliver() -> None:
    """Deliver what is due: somebody rang."""
    from workers.runtime import worker_runtime

    worker_runtime().deliver()


def sweep() -> None:
    """Deliver what is due, also where no ring was heard."""
    from workers.runtime import worker_runtime

    worker_runtime().sweep()


def maintain() -> None:
    """Do what there is of maintenance: somebody left more than one step."""
    from workers.maintenance import maintenance_runtime

    maintenance_runtime().sweep()
