"""Lists: `limit`, an opaque `cursor`, and the next one."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Annotated, Any

from flask import request
from flask_babel import gettext as _
from pydantic import BeforeValidator, Field

from app.core.errors import FieldError, Invalid
from app.core.validation import Rfc3339, S, Schema, check, refuse_repeated

DEFAULT, MOST = 50, 200


def _with_plus(value: Any) -> Any:
    """In an address a plus reads as a space: `...T09:30:00 01:00` was meant to be `+01:00`."""
    return re.sub(r" (\d\d:\d\d)$", r"+\1", value) if isinstance(value, str) else value


QueryTime = Annotated[Rfc3339, BeforeValidator(_with_plus)]
Text = Annotated[str, Field(min_length=1, max_length=200)]


class Paged(Schema):
    """What every list takes."""

    limit: Annotated[int, Field(ge=1, le=MOST)] = DEFAULT
    cursor: Annotated[str, Field(min_length=1, max_length=200)] | None = None


def read_query(schema: type[S]) -> S:
    """The query parameters, checked; unknown, empty and repeated ones are refused. Raises `Invalid`."""
    refuse_repeated(request.args.to_dict(flat=False))
    return check(schema, request.args.to_dict())


def cursor_of(last_id: str) -> str:
    """The cursor of the page that begins after this id."""
    return base64.urlsafe_b64encode(last_id.encode()).decode().rstrip("=")


def text_in(cursor: str | None) -> str | None:
    """What `cursor_of` put into a cursor. Raises `Invalid` for one that cannot be read."""
    if cursor is None:
        return None
    try:
        return base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), b"-_", True).decode()
    except ValueError:
        raise wrong_cursor() from None


def id_in(cursor: str | None, prefix: str) -> str | None:
    """The id in a cursor. Raises `Invalid` for one that we did not make."""
    found = text_in(cursor)
    if found is not None and not re.fullmatch(prefix + r"_[0-9a-f]{12,36}", found):
        raise wrong_cursor()
    return found


def wrong_cursor() -> Invalid:
    """422 for a cursor that we did not make."""
    return Invalid([FieldError("cursor", _("Use the next_cursor of the page before, as it is."))])


def listed(data: Sequence[Any], next_cursor: str | None) -> dict[str, Any]:
    """The shape of every list."""
    return {"data": list(data), "next_cursor": next_cursor}
