"""What an event has in its fields, read once however many conditions ask, within a budget of work.

A stranger writes the data and a tenant the conditions, so that all of it is linear: one pass for each field that is
asked for, after which an answer costs the same for a list of three and of a hundred thousand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any

from app.models.comparing import (
    ExactMoment,
    Scalar,
    as_moment,
    as_number,
    as_text,
    composed,
    day_written,
    is_day,
    is_number,
)

# Values of the data that are looked at for the conditions of one webhook; about 0.6 s of work.
MOST_LOOKS = 250_000
_BETWEEN = "\0"
# A place in a list: no list is long enough for more digits.
_PLACE = re.compile(r"0|[1-9][0-9]{0,7}", re.ASCII)


class EventFields:
    """The data of an event as conditions ask for it."""

    def __init__(self, data: Any) -> None:
        self._data = data
        self._read: dict[str, FieldValues] = {}

    def at(self, path: str) -> FieldValues:
        """What stands at a path; of what is beyond the budget only a part."""
        if path not in self._read:
            self._read[path] = FieldValues(self._data, path)
        return self._read[path]

    def within_budget(self, paths: frozenset[str]) -> bool:
        """False if to look at all of these fields is more than what a webhook may cost."""
        looks = 0
        for path in paths:
            looks += self.at(path).looks
            if looks > MOST_LOOKS:
                return False
        return True


class FieldValues:
    """The values at one path, through lists, ready to be asked. `looks`: what to find them cost."""

    def __init__(self, data: Any, path: str) -> None:
        self.looks = 0
        self._values = list(self._walk(data, path))

    def are_empty(self) -> bool:
        """True if there is nothing, or nothing but null, "" and empty lists and objects."""
        return all(is_empty(value) for value in self._values)

    def has(self, wanted: Scalar) -> bool:
        """True if one of the values is this one, which is not empty."""
        number = as_number(wanted)
        if number is not None and (number in self._numbers or (is_number(wanted) and number in self._spelt)):
            return True
        if as_text(wanted) in self._texts:
            return True
        if is_day(wanted):
            return str(wanted).strip() in self._days
        moment = as_moment(wanted)
        return moment is not None and moment in self._moments

    def contain(self, wanted: Scalar) -> bool:
        """True if one of the values contains this text."""
        text = as_text(wanted)
        if _BETWEEN in text:
            return any(text in as_text(value) for value in self._values if is_scalar(value))
        return text in self._joined

    def any_greater(self, limit: Scalar) -> bool:
        """True if one of the values is greater, or later."""
        if (number := as_number(limit)) is not None:
            return any(found > number for found in self._extremes)
        moment = as_moment(limit)
        return moment is not None and any(found > moment for found in self._moments)

    def any_less(self, limit: Scalar) -> bool:
        """True if one of the values is less, or earlier."""
        if (number := as_number(limit)) is not None:
            return any(found < number for found in self._extremes)
        moment = as_moment(limit)
        return moment is not None and any(found < moment for found in self._moments)

    @cached_property
    def _numbers(self) -> set[int | Decimal]:
        return {number for v in self._values if is_number(v) and (number := as_number(v)) is not None}

    @cached_property
    def _spelt(self) -> set[int | Decimal]:
        return {number for v in self._values if isinstance(v, str) and (number := as_number(v)) is not None}

    @cached_property
    def _extremes(self) -> tuple[int | Decimal, ...]:
        all_ = self._numbers | self._spelt
        return (min(all_), max(all_)) if all_ else ()

    @cached_property
    def _texts(self) -> set[str]:
        return {as_text(v) for v in self._values if isinstance(v, (str, bool)) and not is_empty(v)}

    @cached_property
    def _joined(self) -> str:
        return _BETWEEN.join(as_text(value) for value in self._values if is_scalar(value))

    @cached_property
    def _moments(self) -> set[ExactMoment]:
        return {moment for value in self._values if (moment := as_moment(value)) is not None}

    @cached_property
    def _days(self) -> set[str]:
        return {day for value in self._values if (day := day_written(value)) is not None}

    def _walk(self, data: Any, path: str) -> Iterator[Any]:
        """As `values_at`, but it counts, and gives up beyond the budget."""
        self.looks += 1
        if self.looks > MOST_LOOKS:
            return
        if isinstance(data, list):
            if len(data) > MOST_LOOKS:
                self.looks = MOST_LOOKS + 1
                return
            place = place_in(path)
            for element in data[place[0] : place[0] + 1] if place else data:
                yield from self._walk(element, place[1] if place else path)
        elif not path:
            yield data
        elif isinstance(data, dict) and (step := step_into(data, path)):
            self.looks += 0 if path.isascii() else len(data)
            yield from self._walk(data[step[0]], step[1])


def step_into(data: dict[str, Any], path: str) -> tuple[str, str] | None:
    """The name in the data that a path begins with, and the rest of the path.

    Of several the longest wins, without going back: so no data makes looking for a field slow. Accents may be
    put together in another way in the data than in the path.
    """
    names: Any = data if path.isascii() else {composed(name): name for name in data} | {n: n for n in data}
    end = len(path)
    while end > 0:
        for begin in (path[:end], composed(path[:end])):
            if begin in names:
                return (begin if names is data else names[begin]), path[end + 1 :]
        end = path.rfind(".", 0, end)
    return None


def place_in(path: str) -> tuple[int, str] | None:
    """The place in a list that a path begins with, counted from 0, and the rest of it; None if it is a name."""
    number, _dot, rest = path.partition(".")
    return (int(number), rest) if _PLACE.fullmatch(number) else None


def is_scalar(value: Any) -> bool:
    """True unless it is a list or an object."""
    return not isinstance(value, (dict, list))


def is_empty(value: Any) -> bool:
    """True for null, "" and what holds nothing."""
    return value is None or value in ("", {}, [])
