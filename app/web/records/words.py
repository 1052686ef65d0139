"""Values of a record as people read them, and the words of its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext as _

from app.catalogue import Field, RecordKind
from app.core.times import from_ms
from app.services.records.describing import plain
from app.web import times

LONG = 120


def title(text: str) -> str:
    """A title of the catalogue in the reader's language."""
    return _(text) if text else ""


def inside(text: str) -> str:
    """A title inside of a sentence: "New lead"."""
    words = title(text)
    return words[:1].lower() + words[1:]


def stage_title(kind: RecordKind, value: Any) -> str:
    """The name of a stage."""
    stage = kind.stages.get(value) if kind.stages else None
    return _(stage.title) if stage else _("No stage")


def field_title(name: str, field: Field) -> str:
    """The title of a field; those that Hookdesk fills in have common ones."""
    if field.title:
        return _(field.title)
    common = {
        "id": _("Id"),
        "created_at": _("Created"),
        "updated_at": _("Changed"),
        "changed_at": _("Changed"),
        "deleted_at": _("Deleted"),
        "creator": _("Created by"),
        "changer": _("Changed by"),
    }
    return common.get(str(field.filled), name.replace("_", " ").capitalize())


def in_words(kind: RecordKind, name: str, value: Any, people: Mapping[str, str]) -> str:
    """A value as one line of text; empty for nothing. people: names by number, as text."""
    field = kind.fields[name]
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if field.type == "stage":
        return stage_title(kind, value)
    say = _SAY.get(str(field.type)) or _SAY.get(str(field.as_ if field.filled else "")) or _plain
    return say(field, value, people)


def people_in(kind: RecordKind, values: Mapping[str, Any]) -> set[int]:
    """The numbers of people that these values name."""
    named = [
        value
        for name, value in values.items()
        if kind.fields[name].type in ("person", "people")
        or kind.fields[name].filled in ("creator", "changer")
    ]
    flat = [one for value in named for one in (value if isinstance(value, list) else [value])]
    return {int(one) for one in flat if str(one).isascii() and str(one).isdigit() and len(str(one)) < 16}


def _plain(field: Field, value: Any, people: Mapping[str, str]) -> str:
    if field.filled in ("creator", "changer") and not isinstance(value, dict):
        return people.get(str(value), str(value))
    if field.filled == "is_deleted" or isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return ", ".join(str(inner) for inner in value.values() if inner not in (None, "", [], {}))
    if isinstance(value, list):
        return ", ".join(_plain(field, one, people) for one in value)
    return str(value)


def _moment(field: Field, value: Any, people: Mapping[str, str]) -> str:
    moment = read_moment(value)
    return times.absolute(moment) if moment else ("" if value == 0 else str(value))


def read_moment(value: Any) -> datetime | None:
    """Seconds or RFC 3339 as a moment; None if it is neither, or 0, which S0 writes for "no deadline"."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return from_ms(int(value) * 1000) if 0 < value < 253_402_300_800 else None
    try:
        found = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _linked(field: Field, value: Any, people: Mapping[str, str]) -> str:
    ones = value if isinstance(value, list) else [value]
    return ", ".join(
        str(one.get("title") or one.get("name") or one.get("id")) if isinstance(one, dict) else str(one)
        for one in ones
    )


def _entities(field: Field, value: Any, people: Mapping[str, str]) -> str:
    return ", ".join(_linked(field, ones, people) for ones in value.values() if ones)


def _told(field: Field, value: Any, people: Mapping[str, str]) -> str:
    return ", ".join(people.get(str(one), str(one)) for one in value.get("users", []))


def _rows(field: Field, value: Any, people: Mapping[str, str]) -> str:
    return "; ".join(str(row.get("value") or row.get("name") or "") for row in value)


def _person(field: Field, value: Any, people: Mapping[str, str]) -> str:
    ones = value if isinstance(value, list) else [value]
    return ", ".join(people.get(str(one), str(one)) for one in ones)


def _choice(field: Field, value: Any, people: Mapping[str, str]) -> str:
    return _(field.choices[value]) if value in field.choices else str(value)


_SAY: dict[str, Callable[[Field, Any, Mapping[str, str]], str]] = {
    "seconds": _moment,
    "moment": _moment,
    "exact": _moment,
    "minute": _moment,
    "yes_no": lambda field, value, people: _("yes") if value else _("no"),
    "choice": _choice,
    "kind": _choice,
    "links": _linked,
    "named": _linked,
    "named_many": _linked,
    "card": _linked,
    "cards": _linked,
    "entities": _entities,
    "told": _told,
    "rows": _rows,
    "person": _person,
    "people": _person,
    "html": lambda field, value, people: " ".join(plain(str(value)).split()),
}
