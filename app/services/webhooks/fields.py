"""The table of a webhook's settings: what stands beside each field of its schema.

`sending.Sending`, `schema.Subscribing` and their parts name every setting once: its type, limits and default as
pydantic has them, and beside them a `Setting`: the column that keeps it, what it is called, what a form shows for
it. `settings` moves them in and out of the row, the form and the record of changes read them, the API's answers
are shaped after them. Those that need code of their own (events, passwords, headers, chosen fields) say so by
having no column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext
from pydantic import BaseModel
from pydantic.fields import FieldInfo

# The part of the form that a loop over the table shows.
SENDING = "sending"


@dataclass(frozen=True, slots=True)
class Option:
    """One value that may be chosen, in words."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text, as it is."""


@dataclass(frozen=True, slots=True)
class Words:
    """Texts between commas."""


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number with its unit. scale: how many of what is stored are one of what is typed (60: minutes)."""

    unit: str
    ask: str
    hint: str = ""
    scale: int = 1


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some values."""

    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Switch:
    """Yes or no. hint: what yes means."""

    hint: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Gaps in seconds: a known schedule by its name, or seconds between commas. known: gaps by option."""

    options: tuple[Option, ...]
    known: Mapping[str, tuple[int, ...]]


Input = Text | Words | Number | Choice | Switch | Schedule


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known of a setting beside its schema.

    label: its name in the record of changes. asks: its name in the form, if that differs. column: the attribute of
    `Webhook` that keeps it. input: what a form shows. named: the name of that input, if it is not the column.
    part: the part of the form that shows it by itself. length: its value is a time in seconds. refers: its value
    is an id of something that has a name; answers leave it out where there is none. secret: never shown.
    """

    label: str
    column: str | None = None
    input: Input | None = None
    asks: str | None = None
    named: str | None = None
    part: str = ""
    length: bool = False
    refers: bool = False
    secret: bool = False

    @property
    def input_name(self) -> str:
        """The name of its input in forms."""
        return self.named or self.column or ""


def part_of(info: FieldInfo) -> type[BaseModel] | None:
    """The schema of a setting that is an object, such as `retry`; None for the others."""
    kind = info.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def table_of(schema: type[BaseModel], prefix: str = "") -> dict[str, Setting]:
    """The settings of a schema by their dotted names (`retry.schedule`), in its order."""
    return dict(_rows(schema, prefix))


def _rows(schema: type[BaseModel], prefix: str) -> Iterator[tuple[str, Setting]]:
    for name, info in schema.model_fields.items():
        if part := part_of(info):
            yield from _rows(part, f"{prefix}{name}.")
        for setting in info.metadata:
            if isinstance(setting, Setting):
                yield prefix + name, setting


def value_at(settings: Mapping[str, Any], name: str) -> Any:
    """The value of a dotted name; None if there is none."""
    value: Any = settings
    for step in name.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def put_at(settings: dict[str, Any], name: str, value: Any) -> None:
    """Set the value of a dotted name; the objects on the way are made."""
    *way, last = name.split(".")
    for step in way:
        settings = settings.setdefault(step, {})
    settings[last] = value


def translated(message: str) -> str:
    """The words of a registry that knows no framework, said in the language of whoever reads."""
    return lazy_gettext(message)
