"""Checks that a sample agrees with its JSON Schema, far enough to catch a slip of the pen.

Checked are type, enum, const, required, properties, additionalProperties, items, and the limits of numbers
and lengths. Every other keyword (`$ref`, `anyOf`, `pattern`, `format` ...) is for the reader's own tools:
it passes here, as JSON Schema prescribes for keywords a program does not know. `pattern` is left out on
purpose: a stranger's regular expression could keep a web process busy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.catalogue.errors import Fault


class TooMuchToCheck(Exception):
    """A stranger's data has more values, and the schema more rules for each, than the budget allows."""


def disagreements(
    schema: Any, value: Any, place: str = "", budget: list[int] | None = None
) -> Iterator[Fault]:
    """Yield a fault for each spot where the JSON value breaks the schema (a mapping, or true or false).

    budget: one number, how many comparisons are left. Raises `TooMuchToCheck` when there are none.
    """
    _spend(budget, schema)
    if schema is False:
        yield Fault(place, "The schema allows nothing here.")
    if not isinstance(schema, dict):
        return
    sentence = _type_fault(schema, value) or _choice_fault(schema, value) or _limit_fault(schema, value)
    if sentence:
        yield Fault(place, sentence)
    elif isinstance(value, dict):
        yield from _in_object(schema, value, place, budget)
    elif isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            yield from disagreements(schema["items"], item, _inside(place, str(number)), budget)


def _spend(budget: list[int] | None, schema: Any) -> None:
    if budget is None:
        return
    lists = (schema.get("enum"), schema.get("required")) if isinstance(schema, dict) else ()
    budget[0] -= 1 + sum(len(one) for one in lists if isinstance(one, list))
    if budget[0] < 0:
        raise TooMuchToCheck


def _type_fault(schema: dict[str, Any], value: Any) -> str | None:
    wanted = schema.get("type")
    names = wanted if isinstance(wanted, list) else [wanted]
    if wanted is None or any(_is_a(str(name), value) for name in names):
        return None
    return f"The schema wants {' or '.join(str(name) for name in names)} here."


def _is_a(name: str, value: Any) -> bool:
    if isinstance(value, bool) or value is None:
        return name == ("null" if value is None else "boolean")
    if isinstance(value, (int, float)):
        return name == "number" or (name == "integer" and (isinstance(value, int) or value.is_integer()))
    return {"string": str, "object": dict, "array": list}.get(name) is type(value)


def _choice_fault(schema: dict[str, Any], value: Any) -> str | None:
    choices = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if not isinstance(choices, list) or any(_same(choice, value) for choice in choices):
        return None
    return f"The schema allows only {', '.join(str(choice) for choice in choices)} here."


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON: there `true` is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _limit_fault(schema: dict[str, Any], value: Any) -> str | None:
    if isinstance(value, str):
        return _out_of_range(schema, len(value), "minLength", "maxLength", "characters")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _out_of_range(schema, value, "minimum", "maximum", "")
    return None


def _out_of_range(schema: dict[str, Any], size: float, low: str, high: str, unit: str) -> str | None:
    least, most = schema.get(low), schema.get(high)
    if isinstance(least, (int, float)) and size < least:
        return f"The schema wants at least {least} {unit}".rstrip() + "."
    if isinstance(most, (int, float)) and size > most:
        return f"The schema wants at most {most} {unit}".rstrip() + "."
    return None


def _in_object(
    schema: dict[str, Any], value: dict[str, Any], place: str, budget: list[int] | None
) -> Iterator[Fault]:
    required = schema.get("required")
    for name in required if isinstance(required, list) else []:
        if name not in value:
            yield Fault(_inside(place, str(name)), "The schema requires this.")
    properties = schema.get("properties")
    named = properties if isinstance(properties, dict) else {}
    for name, item in value.items():
        yield from disagreements(
            named.get(name, schema.get("additionalProperties", True)), item, _inside(place, name), budget
        )


def _inside(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
