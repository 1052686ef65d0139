"""The JSON Schema of a field (draft 2020-12), from its type.

`$comment` names the rule behind a `pattern`, so that a fault can be said in words. The patterns are ours, and linear.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.catalogue.record_field import Field

Schema = dict[str, Any]
LINE, TEXT, MOST_ROWS = 500, 100_000, 200
LATEST = 253_402_300_799  # the last second of the year 9999
LARGEST = 2**53 - 1  # what every receiver's number can hold

EMAIL = {"type": "string", "maxLength": 254, "pattern": r"^[^@\s]+@[^@\s]+$", "$comment": "email"}
URL = {"type": "string", "maxLength": 2000, "pattern": r"^https?://\S+$", "$comment": "url"}
AMOUNT = {"type": "string", "pattern": r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$", "$comment": "amount"}
DATE = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "$comment": "date"}
MOMENT = {
    "type": "string",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})$",
    "$comment": "moment",
}
SECONDS = {"type": "integer", "minimum": 0, "maximum": LATEST}
WHOLE = {"type": "integer", "minimum": -LARGEST, "maximum": LARGEST}
NUMBERS = {
    "type": "array",
    "items": {"type": "integer", "minimum": 0, "maximum": LARGEST},
    "maxItems": MOST_ROWS,
}
OWN_ID = {"type": ["integer", "string"], "maxLength": 40}
NAME = {"type": "string", "maxLength": LINE}


def line(longest: int = LINE) -> Schema:
    """A text of at most so many characters."""
    return {"type": "string", "maxLength": longest}


def object_of(properties: Mapping[str, Schema], required: list[str] | None = None) -> Schema:
    """An object with these names and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": required or [],
        "additionalProperties": False,
    }


def list_of(items: Schema) -> Schema:
    """A list of at most `MOST_ROWS`."""
    return {"type": "array", "items": items, "maxItems": MOST_ROWS}


LINKED = object_of({"id": OWN_ID, "title": NAME}, ["id"])
NAMED = object_of({"id": OWN_ID, "name": NAME}, ["id"])
CARD = object_of({"id": line(80), "name": NAME, "email": NAME}, ["id"])


def schema_of(field: Field) -> Schema:
    """What this field takes, besides its empty value."""
    return _BY_TYPE[str(field.type)](field)


def schema_with_empty(field: Field) -> Schema:
    """What this field takes, its empty value and null included: for the documentation."""
    return {"title": field.title, "anyOf": [schema_of(field), {"enum": _each_once(field.empty, None)}]}


def _parts(field: Field) -> Schema:
    return object_of(
        {name: part_schema(part) for name, part in field.named_parts.items()},
        [name for name, part in field.named_parts.items() if part.required],
    )


def part_schema(part: Field) -> Schema:
    """What a part of a group or row takes: its empty value too."""
    if part.required:
        return {**schema_of(part), "minLength": 1}
    return {"if": {"enum": _each_once("", None, part.empty)}, "else": schema_of(part)}


def _each_once(*values: Any) -> list[Any]:
    return [value for number, value in enumerate(values) if value not in values[:number]]


def _person(field: Field) -> Schema:
    return line(40) if field.as_ == "text" else {**WHOLE, "minimum": 0}


def _number(field: Field) -> Schema:
    return {"type": "number", **({"minimum": field.least} if field.least is not None else {})}


def _entities(field: Field) -> Schema:
    return {"type": "object", "maxProperties": 20, "additionalProperties": list_of(LINKED)}


def _told(_field: Field) -> Schema:
    return object_of({"users": NUMBERS, "departments": NUMBERS, "groups": NUMBERS})


_BY_TYPE: dict[str, Callable[[Field], Schema]] = {
    "line": lambda f: line(),
    "text": lambda f: line(TEXT),
    "html": lambda f: line(TEXT),
    "email": lambda f: EMAIL,
    "url": lambda f: URL,
    "whole": lambda f: WHOLE,
    "number": _number,
    "amount": lambda f: AMOUNT,
    "yes_no": lambda f: {"type": "boolean"},
    "choice": lambda f: {"enum": list(f.choices)},
    "words": lambda f: list_of(line(100)),
    "seconds": lambda f: SECONDS,
    "date": lambda f: DATE,
    "moment": lambda f: MOMENT,
    "exact": lambda f: MOMENT,
    "stage": lambda f: OWN_ID,
    "person": _person,
    "people": lambda f: list_of(_person(f)),
    "card": lambda f: CARD,
    "cards": lambda f: list_of(CARD),
    "link": lambda f: WHOLE if f.as_ == "number" else line(40),
    "links": lambda f: list_of(LINKED),
    "named": lambda f: NAMED,
    "named_many": lambda f: list_of(NAMED),
    "entities": _entities,
    "kind": lambda f: {"enum": list(f.choices)},
    "any_link": lambda f: OWN_ID,
    "told": _told,
    "group": _parts,
    "rows": lambda f: list_of(_parts(f)),
    "json": lambda f: f.json_schema,
}
