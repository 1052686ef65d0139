"""Conditions: send an event only when fields of its data match (A6). All of a webhook's must hold.

A field is a path of names with dots (`contact.email`). Lists are looked into: the field has every value that
one of their elements has, and a condition asks whether any of them fits. What admins type is text, what
products send is text, numbers or true and false, so values are compared as a person would compare them:
without regard to capital letters, numbers as numbers, days and times by when they are (`comparing`). A day alone
is any time of that day for "is", and its beginning in UTC for "greater" and "less".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.models.comparing import Scalar, as_moment, as_number, composed
from app.models.field_values import EventFields, is_empty, place_in, step_into

IS, IS_NOT, CONTAINS, GREATER, LESS = "is", "is_not", "contains", "greater", "less"
OTHER_PROJECT, CONDITION_NOT_MET = "other_project", "condition_not_met"
# The data has more values where the conditions look than may be looked at: it was not sent, and is there to be sent.
CONDITION_TOO_LARGE = "condition_too_large"
OPS = (IS, IS_NOT, CONTAINS, GREATER, LESS)

_MOST_PATHS = 500


@dataclass(frozen=True, slots=True)
class Condition:
    """`field` is `op` `value`. An empty value asks for an empty field: one that is missing, null or ""."""

    field: str
    op: str
    value: Scalar = ""

    def holds(self, data: Any) -> bool:
        """True if the data of an event fits."""
        return self.holds_in(EventFields(data))

    def holds_in(self, fields: EventFields) -> bool:
        """True if an event with these fields fits."""
        found = fields.at(self.field)
        if self.op in (IS, IS_NOT):
            same = found.are_empty() if is_empty(self.value) else found.has(self.value)
            return same == (self.op == IS)
        if self.op == CONTAINS:
            return found.contain(self.value)
        return found.any_greater(self.value) if self.op == GREATER else found.any_less(self.value)


def conditions_from(stored: Iterable[dict[str, Any]]) -> tuple[Condition, ...]:
    """Conditions as a webhook keeps them."""
    return tuple(Condition(one["field"], one["op"], one["value"]) for one in stored)


def all_hold(conditions: Iterable[Condition], data: Any) -> bool:
    """True if every condition fits the data; also if there is none."""
    fields = EventFields(data)
    return all(condition.holds_in(fields) for condition in conditions)


def why_not_wanted(
    projects: Sequence[str], conditions: Sequence[Condition], project_id: str | None, data: Any
) -> str | None:
    """Why a webhook that subscribed to an event does not get it, or None.

    other_project, condition_not_met or condition_too_large. `data` may be `EventFields`, which several webhooks share.
    """
    if projects and not _is_among(project_id, projects):
        return OTHER_PROJECT
    if not conditions:
        return None
    fields = data if isinstance(data, EventFields) else EventFields(data)
    if not fields.within_budget(frozenset(condition.field for condition in conditions)):
        return CONDITION_TOO_LARGE
    fits = all(condition.holds_in(fields) for condition in conditions)
    return None if fits else CONDITION_NOT_MET


def _is_among(project_id: str | None, projects: Sequence[str]) -> bool:
    return project_id is not None and composed(project_id) in map(composed, projects)


def can_be_ordered(value: Scalar) -> bool:
    """True if something can be greater or less than this: a number, a day or a time."""
    return as_number(value) is not None or as_moment(value) is not None


def values_at(data: Any, path: str) -> Iterator[Any]:
    """Everything that stands at a path, through lists. Names that have a dot themselves are found too."""
    if isinstance(data, list):
        place = place_in(path)
        for element in data[place[0] : place[0] + 1] if place else data:
            yield from values_at(element, place[1] if place else path)
    elif not path:
        yield data
    elif isinstance(data, dict) and (step := step_into(data, path)):
        yield from values_at(data[step[0]], step[1])


def follow(data: Any, path: str) -> Any:
    """What stands at a path, as it stands there; None if nothing does. Through a list: a list of what its
    elements have there, or with a number (`list.0`) what one element has.
    """
    if not path:
        return data
    if isinstance(data, list):
        if place := place_in(path):
            return follow(data[place[0]], place[1]) if place[0] < len(data) else None
        return [follow(element, path) for element in data]
    step = step_into(data, path) if isinstance(data, dict) else None
    return follow(data[step[0]], step[1]) if step else None


def has_field(data: Any, path: str) -> bool:
    """True if the data has something at the path, be it null or an empty list."""
    if isinstance(data, list):
        if place := place_in(path):
            return place[0] < len(data) and has_field(data[place[0]], place[1])
        return any(has_field(element, path) for element in data)
    if not path or not isinstance(data, dict) or not (step := step_into(data, path)):
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
