"""The jobs that RQ runs. No logic: each calls one thing."""

from __future__ import annotations

from workers.post import post_room


def deliver() -> None:
    """Deliver what is due: somebody rang."""
    post_room().deliver()


def sweep() -> None:
    """Keep house and deliver what is due, also where no ring was heard."""
    post_room().sweep()
