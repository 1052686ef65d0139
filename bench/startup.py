"""How long `make run` takes when it finds its data: the second start."""

from __future__ import annotations

import time
from pathlib import Path

from bench.table import Line
from tests.machine.ports import free_port
from tests.machine.processes import program
from tests.machine.settings import settings_for

LIMIT_S = 5.0


def second_start(folder: Path) -> list[Line]:
    """Seconds from the start to the line that says it is running."""
    settings = settings_for(folder / "started", PORT=str(free_port()))
    seconds = 0.0
    for number in (1, 2):
        process = program(settings, folder / f"start{number}.log")
        began = time.perf_counter()
        process.start()
        process.wait_for("^Hookdesk is running")
        seconds = time.perf_counter() - began
        process.terminate()
    return [
        Line(
            "Second start / 5 s", f"{seconds:.1f} s", f"{LIMIT_S:.0f} s", seconds / LIMIT_S, 1.0, at_most=True
        )
    ]
