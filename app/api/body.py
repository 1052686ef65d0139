"""Reading JSON: whole numbers of any size stay exact, and what JSON cannot carry is refused."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

import orjson
from flask import request
from flask_babel import gettext as _
from pydantic_core import from_json
from werkzeug.exceptions import UnsupportedMediaType

from app.api.problems import Problem, unprocessable
from app.core.errors import FieldError

SETTINGS_BYTES = 1024 * 1024
MAX_DEPTH = 100
_HOLDS = frozenset({dict, list})
_PLACE = re.compile(r"line (?P<line>\d+) column (?P<column>\d+)")


def read_object(at_most: int = SETTINGS_BYTES, optional: bool = False) -> dict[str, Any]:
    """The JSON object in the body, of at most that many bytes; `optional`: none is an empty one.

    Raises 400 for what is not JSON, 413, 415, and 422 for what is JSON but not an object.
    """
    request.max_content_length = at_most
    raw = request.get_data(cache=False)
    if optional and not raw.strip():
        return {}
    if not request.is_json:
        raise UnsupportedMediaType
    return object_in(raw)


def object_in(raw: bytes) -> dict[str, Any]:
    """The JSON object that these bytes are. Raises 400 for what is not JSON, and 422 for what is no object."""
    value = _parse(raw)
    if not isinstance(value, dict):
        raise unprocessable([FieldError("", _("Send an object: {...}."))])
    return value


def _parse(raw: bytes) -> Any:
    if not raw.strip():
        raise _not_json(_("The body is empty."))
    try:
        value = from_json(raw, allow_inf_nan=False)
    except ValueError as error:
        raise _not_json(_where(str(error))) from None
    _refuse_deep(value)
    try:
        # This parser loses whole numbers beyond 64 bits, but it refuses what is beyond a double, and quickly:
        # only then is it worth looking at each value.
        orjson.loads(raw)
    except orjson.JSONDecodeError:
        _refuse_infinite(value)
    return value


def _where(said: str) -> str:
    """A sentence for what the parser said: its words are for those who write parsers, its place is for all."""
    if said.startswith("recursion limit"):
        return _("The body is nested more than %(n)s deep.", n=MAX_DEPTH)
    place = _PLACE.search(said)
    if place is None:
        return _("The body is not JSON in UTF-8.")
    return _("The body is not JSON in UTF-8: look at line %(line)s, column %(column)s.", **place.groupdict())


def _refuse_deep(value: Any) -> None:
    """Level by level, so that no depth makes this deep."""
    level = [value] if type(value) in _HOLDS else []
    for _depth in range(MAX_DEPTH):
        if not level:
            return
        level = [inner for outer in level for inner in _inside(outer) if type(inner) in _HOLDS]
    if level:
        raise _not_json(_("The body is nested more than %(n)s deep.", n=MAX_DEPTH))


def _refuse_infinite(value: Any) -> None:
    """Numbers beyond a double are read as infinite. The depth was checked before."""
    if type(value) in _HOLDS:
        for inner in _inside(value):
            _refuse_infinite(inner)
    elif isinstance(value, float) and not math.isfinite(value):
        raise _not_json(_("The body holds a number that is too large."))


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if type(value) is dict else value


def _not_json(why: str) -> Problem:
    return Problem(400, "broken-json", _("The body cannot be read"), why)
