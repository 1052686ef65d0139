"""Conditions: send an event only when fields of its data match (A6). All of a webhook's must hold.

A field is a path of names with dots (`contact.email`). Lists are looked into: the field has every value that
one of their elements has, and a condition asks whether any of them fits. What admins type is text, what
products send is text, numbers or true and false, so values are compared as a person would compare them:
without regard to capital letters, numbers as numbers, days and times by when they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

IS, IS_NOT, CONTAINS, GREATER, LESS = "is", "is_not", "contains", "greater", "less"
OTHER_PROJECT, CONDITION_NOT_MET = "other_project", "condition_not_met"
OPS = (IS, IS_NOT, CONTAINS, GREATER, LESS)

Scalar = str | int | float | bool | None

_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?", re.ASCII)
# A place in a list: no list is long enough for more digits.
_PLACE = re.compile(r"0|[1-9][0-9]{0,7}", re.ASCII)
_MOST_PATHS = 500


@dataclass(frozen=True, slots=True)
class Condition:
    """`field` is `op` `value`. An empty value asks for an empty field: one that is missing, null or ""."""

    field: str
    op: str
    value: Scalar = ""

    def holds(self, data: Any) -> bool:
        """True if the data of an event fits."""
        found = list(values_at(data, self.field))
        if self.op == IS:
            return self._is_one_of(found)
        if self.op == IS_NOT:
            return not self._is_one_of(found)
        if self.op == CONTAINS:
            return any(_text(self.value) in _text(value) for value in found if _is_scalar(value))
        return any(self._is_beyond(value) for value in found)

    def _is_one_of(self, found: Sequence[Any]) -> bool:
        if _is_empty(self.value):
            return all(_is_empty(value) for value in found)
        return any(_same(value, self.value) for value in found)

    def _is_beyond(self, value: Any) -> bool:
        if (number := _number(value)) is not None and (limit := _number(self.value)) is not None:
            return number > limit if self.op == GREATER else number < limit
        if (moment := _moment(value)) is not None and (end := _moment(self.value)) is not None:
            return moment > end if self.op == GREATER else moment < end
        return False


def conditions_from(stored: Iterable[dict[str, Any]]) -> tuple[Condition, ...]:
    """Conditions as a webhook keeps them."""
    return tuple(Condition(one["field"], one["op"], one["value"]) for one in stored)


def all_hold(conditions: Iterable[Condition], data: Any) -> bool:
    """True if every condition fits the data; also if there is none."""
    return all(condition.holds(data) for condition in conditions)


def why_not_wanted(
    projects: Sequence[str], conditions: Iterable[Condition], project_id: str | None, data: Any
) -> str | None:
    """Why a webhook that subscribed to an event does not get it: other_project, condition_not_met, or None."""
    if projects and project_id not in projects:
        return OTHER_PROJECT
    return None if all_hold(conditions, data) else CONDITION_NOT_MET


def can_be_ordered(value: Scalar) -> bool:
    """True if something can be greater or less than this: a number, a day or a time."""
    return _number(value) is not None or _moment(value) is not None


def values_at(data: Any, path: str) -> Iterator[Any]:
    """Everything that stands at a path, through lists. Names that have a dot themselves are found too."""
    if isinstance(data, list):
        place = _place(path)
        for element in data[place[0] : place[0] + 1] if place else data:
            yield from values_at(element, place[1] if place else path)
    elif not path:
        yield data
    elif isinstance(data, dict) and (step := _step(data, path)):
        yield from values_at(data[step[0]], step[1])


def follow(data: Any, path: str) -> Any:
    """What stands at a path, as it stands there; None if nothing does. Through a list: a list of what its
    elements have there, or with a number (`list.0`) what one element has.
    """
    if not path:
        return data
    if isinstance(data, list):
        if place := _place(path):
            return follow(data[place[0]], place[1]) if place[0] < len(data) else None
        return [follow(element, path) for element in data]
    step = _step(data, path) if isinstance(data, dict) else None
    return follow(data[step[0]], step[1]) if step else None


def has_field(data: Any, path: str) -> bool:
    """True if the data has something at the path, be it null or an empty list."""
    if isinstance(data, list):
        if place := _place(path):
            return place[0] < len(data) and has_field(data[place[0]], place[1])
        return any(has_field(element, path) for element in data)
    if not path or not isinstance(data, dict) or not (step := _step(data, path)):
        return not path
    return not step[1] or has_field(data[step[0]], step[1])


def paths_of(data: Any) -> list[str]:
    """The paths of all values in a sample, in its order, each once."""
    return list(dict.fromkeys(_paths(data, "")))[:_MOST_PATHS]


def _paths(data: Any, path: str) -> Iterator[str]:
    if isinstance(data, list):
        if path and not any(isinstance(element, (dict, list)) for element in data):
            yield path
        for element in data:
            if isinstance(element, (dict, list)):
                yield from _paths(element, path)
    elif isinstance(data, dict):
        for name, value in data.items():
            yield from _paths(value, f"{path}.{name}" if path else name)
    elif path:
        yield path


def _step(data: dict[str, Any], path: str) -> tuple[str, str] | None:
    """The name that a path begins with, and the rest of it. Of several the longest wins, without going back:
    so no data makes looking for a field slow.
    """
    end = len(path)
    while end > 0:
        if path[:end] in data:
            return path[:end], path[end + 1 :]
        end = path.rfind(".", 0, end)
    return None


def _place(path: str) -> tuple[int, str] | None:
    """The place in a list that a path begins with, counted from 0, and the rest of it; None if it is a name."""
    number, _dot, rest = path.partition(".")
    return (int(number), rest) if _PLACE.fullmatch(number) else None


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, (dict, list))


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", {}, [])


def _same(value: Any, wanted: Scalar) -> bool:
    if not _is_scalar(value) or _is_empty(value):
        return False
    if _is_number(value) or _is_number(wanted):
        ours, theirs = _number(value), _number(wanted)
        if ours is not None and theirs is not None:
            return ours == theirs
    return _text(value) == _text(wanted)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _text(value: Any) -> str:
    """A value as a person would type it, for comparing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value).strip().casefold()


def _number(value: Any) -> Decimal | None:
    """Numbers, and text that is one. Exact, so that whole numbers of any length keep their last digit."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return Decimal(value)
    text = repr(value) if isinstance(value, float) else str(value).strip()
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _moment(value: Any) -> datetime | None:
    """A day or time as ISO 8601 writes it; without a zone it is taken for UTC."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
