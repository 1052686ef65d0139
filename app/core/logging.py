"""Structured logs: one line an event, as text for people or JSON for machines. Never local variables."""

from __future__ import annotations

import structlog
from structlog.types import Processor


def configure(log_format: str) -> None:
    """Set up structlog. `log_format`: `text` or `json` (setting LOG_FORMAT).

    Tracebacks are written without the values of local variables: those may be secrets.
    """
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
        )
    )
    steps: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if log_format == "json":
        steps.append(structlog.processors.format_exc_info)
    structlog.configure(processors=[*steps, renderer], cache_logger_on_first_use=True)
