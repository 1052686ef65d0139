"""Reading JSON: numbers stay exact, digit by digit, and what JSON cannot carry is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask import request
from flask_babel import gettext as _
from werkzeug.exceptions import UnsupportedMediaType

from app.api.problems import Problem, unprocessable
from app.core.errors import FieldError
from app.core.exact_json import BeyondDouble, RepeatedName, loads
from app.core.validation import JsonObject, Schema, check

SETTINGS_BYTES = 1024 * 1024
MAX_DEPTH = 100
_HOLDS = frozenset({dict, list})
_PLACE = re.compile(r"line (?P<line>\d+) column (?P<column>\d+)")


def read_object(at_most: int = SETTINGS_BYTES, optional: bool = False) -> JsonObject:
    """The JSON object in the body, of at most that many bytes; `optional`: none is an empty one.

    Raises 400 for what is not JSON, 413, 415, and 422 for what is JSON but not an object.
    """
    _refuse_encoded()
    request.max_content_length = at_most
    raw = request.get_data(cache=False)
    if optional and not raw.strip():
        return JsonObject()
    if not request.is_json:
        raise UnsupportedMediaType
    return object_in(raw)


class NothingIn(Schema):
    """No fields."""


def read_nothing() -> None:
    """A body is not needed; fields in it are refused. Raises as `read_object`."""
    check(NothingIn, read_object(optional=True))


def object_in(raw: bytes) -> JsonObject:
    """The JSON object that these bytes are. Raises 400 for what is not JSON, and 422 for what is no object."""
    value = _parse(raw)
    if not isinstance(value, dict):
        raise unprocessable([FieldError("", _("Send an object: {...}."))])
    return JsonObject(value)


def _refuse_encoded() -> None:
    """A body is taken as it is: what a few bytes unpack to, nobody knows before it is unpacked."""
    encoding = request.headers.get("Content-Encoding", "").strip()
    if encoding and encoding.lower() != "identity":
        said = _(
            "The body has the Content-Encoding %(encoding)s. Send it without one.", encoding=encoding[:50]
        )
        # RFC 9110, section 15.5.16: the answer says in this header what would be taken.
        headers = {"Accept-Encoding": "identity"}
        raise Problem(415, "encoded", _("The body cannot be read"), said, headers)


def _parse(raw: bytes) -> Any:
    if not raw.strip():
        raise _not_json(_("The body is empty."))
    try:
        value = loads(raw)
    except RepeatedName as twice:
        raise _not_json(_("The name “%(name)s” stands twice in one object.", name=twice.name[:100])) from None
    except BeyondDouble:
        raise _not_json(_("The body holds a number that is too large.")) from None
    except ValueError as error:
        raise _not_json(_where(str(error))) from None
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        _refuse_deep(value)
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


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if type(value) is dict else value


def _not_json(why: str) -> Problem:
    return Problem(400, "broken-json", _("The body cannot be read"), why)
