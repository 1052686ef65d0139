"""Writing answers: JSON in UTF-8, times in RFC 3339."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from werkzeug.wrappers import Response

from app.core.exact_json import dumps


def as_json(value: Any) -> bytes:
    """JSON. Stored JSON stands in it as an `orjson.Fragment`, so that numbers keep their digits."""
    return dumps(value)


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer with a JSON body."""
    return Response(as_json(value), status, dict(headers or {}), mimetype="application/json")


def empty() -> Response:
    """204."""
    return Response(status=204)


def moment(at: datetime) -> str:
    """`2026-11-21T09:30:00.123Z` (RFC 3339, UTC)."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def moment_or_none(at: datetime | None) -> str | None:
    """The same, or None."""
    return None if at is None else moment(at)
