"""The fields of a record's form: what stands in them, and what can be chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from flask_babel import gettext as _

from app.catalogue import Field, RecordKind
from app.core.exact_json import dumps
from app.queries.records import Member, choices_of
from app.web import times
from app.web.records.words import field_title, read_moment

SPARE_ROWS = 2
Option = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Control:
    """One field on screen. `shape`: which widget of `records/_fields.html` draws it.

    `value`: its text; of a list of boxes those that are ticked. `parts`: the controls inside (group), or of each row.
    """

    name: str
    title: str
    shape: str
    value: Any = ""
    options: list[Option] = field(default_factory=list)
    hint: str = ""
    required: bool = False
    parts: list[Control] = field(default_factory=list)
    rows: list[list[Control]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the choices of a form come from: the space, and its people."""

    space_id: str
    members: list[Member]

    def people(self, wanted: list[str]) -> list[Option]:
        """The people to choose from: by number if they have one, else by id; and those that are chosen already."""
        options = [(str(m.number) if m.number else m.person_id, _label(m)) for m in self.members]
        known = {key for key, _words in options}
        return options + [(key, _("Number %(n)s", n=key)) for key in wanted if key and key not in known]


def controls_of(kind: RecordKind, values: Mapping[str, Any], around: Surroundings) -> list[Control]:
    """The controls of a kind's form, filled with these values."""
    return [
        _control(kind, name, one, values.get(name, one.empty), around)
        for name, one in kind.writable.items()
        if on_form(one)
    ]


def on_form(one: Field) -> bool:
    """True for a field that people fill in; the others are for programs."""
    return one.writable and one.form and one.type != "json" and one.follows is None


def _control(kind: RecordKind, name: str, one: Field, value: Any, around: Surroundings) -> Control:
    title = field_title(name, one)
    if one.type == "stage":
        return Control(name, title, "select", "" if value is None else str(value), _stages(kind))
    make = _MADE.get(str(one.type))
    return make(name, title, one, value, around) if make else _text(name, title, one, value)


def _text(name: str, title: str, one: Field, value: Any) -> Control:
    shape = _INPUTS.get(str(one.type), "line")
    return Control(name, title, shape, written(value), hint=_hint(one), required=one.required)


def written(value: Any) -> str:
    """A value as it stands in a field: texts as they are, numbers digit by digit."""
    if value is None:
        return ""
    return value if isinstance(value, str) else dumps(value).decode()


def _hint(one: Field) -> str:
    hints = {
        "words": _("Separated by commas."),
        "amount": _("Such as 142.00."),
        "link": _("Its number, as its page shows it."),
        "any_link": _("As its page shows it."),
        "links": _("Their numbers, separated by commas."),
        "url": _("Starts with https://."),
    }
    return hints.get(str(one.type), "")


def _stages(kind: RecordKind) -> list[Option]:
    stages = kind.stages.list if kind.stages else ()
    none = [("", _("No stage"))] if kind.stages and kind.stages.none else []
    return [*none, *((stage.key, _(stage.title)) for stage in stages)]


def _yes_no(name: str, title: str, one: Field, value: Any, around: Surroundings) -> Control:
    return Control(name, title, "check", bool(value))


def _choice(name: str, title: str, one: Field, value: Any, around: Surroundings) -> Control:
    none = [("", _("None"))] if one.empty in ("", None) else []
    options = [*none, *((key, _(words)) for key, words in one.choices.items())]
    return Control(name, title, "select", written(value), options, required=one.required)


def _words(name: str, title: str, one: Field, value: Any, around: Surroundings) -> Control:
    return Control(name, title, "line", ", ".join(value), hint=_hint(one))


def _time(name: str, title: str, one: Field, value: Any, around: Surroundings) -> Control:
    """In the person's own zone, as everywhere on screen."""
    moment = read_moment(value)
    text = moment.astimezone(times.zone()).strftime("%Y-%m-%dT%H:%M") if moment else written(value or "")
    return Control(name, title, "time", text)


def _person(name: str, title: str, one: Field, value: Any, around: Surroundings) -> Control:
    chosen = person_key(one, value)
    return Control(name, title, "select", chosen, [("", _("Nobody")), *around.people([chosen])])


def _people(name: str, title: str, one: Field, value: Any, around: Surroundings) -> Control:
    ones = value["users"] if one.type == "told" and value else value
    chosen = [person_key(one, each) for each in ones or []]
    return Control(name, title, "checks", chosen, around.people(chosen))


def person_key(one: Field, value: Any) -> str:
    """A person as the form names them: the number alone, of a card too."""
    if isinstance(value, dict):
        return str(value.get("id", "")).removeprefix(one.prefix)
    return "" if value in (None, "") else str(value)


def _links(name: str, title: str, one: Field, value: Any, around: Surroundings) -> Control:
    ids = ", ".join(str(each["id"]) for each in value or [])
    names = ", ".join(str(each.get("title", "")) for each in value or [])
    hint = " ".join(part for part in (_hint(one), _("Now: %(names)s.", names=names) if names else "") if part)
    return Control(name, title, "line", ids, hint=hint)


def _named(name: str, title: str, one: Field, value: Any, around: Surroundings) -> Control:
    options = [("", _("None")), *choices_of(around.space_id, str(one.to))]
    return Control(name, title, "select", str(value["id"]) if value else "", options)


def _named_many(name: str, title: str, one: Field, value: Any, around: Surroundings) -> Control:
    chosen = [str(each["id"]) for each in value or []]
    return Control(name, title, "checks", chosen, choices_of(around.space_id, str(one.to)))


def _entities(name: str, title: str, one: Field, value: Any, around: Surroundings) -> Control:
    groups = one.to if isinstance(one.to, dict) else {}
    parts = [
        Control(
            f"{name}.{group}", _(group.capitalize()), "line", _ids(value, group), hint=_("Their numbers.")
        )
        for group in groups
    ]
    return Control(name, title, "group", parts=parts)


def _ids(value: Any, group: str) -> str:
    return ", ".join(str(each["id"]) for each in (value or {}).get(group, []))


def _group(name: str, title: str, one: Field, value: Any, around: Surroundings) -> Control:
    return Control(name, title, "group", parts=_parts(name, one, value or {}))


def _rows(name: str, title: str, one: Field, value: Any, around: Surroundings) -> Control:
    given = [*(value or []), *[{} for _spare in range(SPARE_ROWS)]]
    rows = [_parts(name, one, row) for row in given]
    return Control(name, title, "rows", hint=_("Leave a row empty to leave it out."), rows=rows)


def _parts(name: str, one: Field, values: Mapping[str, Any]) -> list[Control]:
    return [
        _part(f"{name}.{part}", inner, values.get(part, inner.empty if values else None))
        for part, inner in one.named_parts.items()
    ]


def _part(name: str, inner: Field, value: Any) -> Control:
    moment = read_moment(value) if inner.type == "moment" and value else None
    if moment:
        return Control(name, _(inner.title), "line", moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    return Control(name, _(inner.title), "line", written(value))


def _label(member: Member) -> str:
    return f"{member.name} ({member.email})" if member.name != member.email else member.email


_INPUTS = {
    "text": "area",
    "html": "area",
    "email": "email",
    "date": "date",
    "whole": "number",
    "number": "number",
}
_MADE: dict[str, Callable[[str, str, Field, Any, Surroundings], Control]] = {
    "yes_no": _yes_no,
    "choice": _choice,
    "kind": _choice,
    "words": _words,
    "seconds": _time,
    "moment": _time,
    "exact": _time,
    "person": _person,
    "card": _person,
    "people": _people,
    "cards": _people,
    "told": _people,
    "links": _links,
    "named": _named,
    "named_many": _named_many,
    "entities": _entities,
    "group": _group,
    "rows": _rows,
}
