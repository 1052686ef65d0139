"""The maintenance in this process, at once."""

from __future__ import annotations

from app.maintenance.registry import STEPS
from app.maintenance.step import Turn


def maintain() -> None:
    """Let every step that waits for nobody do all it has to do. Called within an app context."""
    for step in STEPS:
        while not step.waits and step.run(Turn(lambda: False)):
            pass
