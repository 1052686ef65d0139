"""What was typed into a record's form, as the values that a service takes: the shape of the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

from werkzeug.datastructures import MultiDict

from app.catalogue import Field, RecordKind
from app.core.exact_json import loads
from app.core.times import ms_of
from app.services.records import authors
from app.services.records.authors import Author
from app.services.records.shape import time_shown
from app.web import times
from app.web.records.controls import on_form, person_key

Form = MultiDict[str, str]
People = Mapping[str, Author]
MOST_ROWS = 50


def values_in(kind: RecordKind, form: Form, before: Mapping[str, Any], people: People) -> dict[str, Any]:
    """The values of the fields that the form holds; a field that it lacks leaves what is stored.

    before: the record's values, of which a form shows parts only (a card's e-mail address). people: by their id.
    What cannot be read stays as it was typed, for the service to refuse in its own words.
    """
    return {
        name: _READ.get(str(field.type), _text)(name, field, form, before.get(name), people)
        for name, field in kind.writable.items()
        if on_form(field) and _holds(form, name)
    }


def person_ids_in(form: Form) -> set[str]:
    """The ids of people that the form names who may have no number yet."""
    return {text for name in form for text in form.getlist(name) if text.startswith("per_")}


def _holds(form: Form, name: str) -> bool:
    """Fields made of several say beside them that they stand there."""
    return name in form or f"has.{name}" in form


def _typed(form: Form, name: str) -> str:
    return form.get(name, "").strip()


def _text(name: str, field: Field, form: Form, before: Any, people: People) -> Any:
    return _typed(form, name).replace("\r\n", "\n") or None


def _number(name: str, field: Field, form: Form, before: Any, people: People) -> Any:
    """Digit by digit; what is no number stays text."""
    return as_number(_typed(form, name)) or None


def as_number(text: str) -> Any:
    """The number that a text is, or the text."""
    try:
        found = loads(text.encode())
    except (ValueError, UnicodeEncodeError):
        return text
    return found if isinstance(found, int | float) and not isinstance(found, bool) else text


def _yes_no(name: str, field: Field, form: Form, before: Any, people: People) -> Any:
    """An unticked box sends its empty twin alone."""
    return any(form.getlist(name))


def _words(name: str, field: Field, form: Form, before: Any, people: People) -> Any:
    return [word.strip() for word in form.get(name, "").split(",") if word.strip()]


def _time(name: str, field: Field, form: Form, before: Any, people: People) -> Any:
    """In the zone of the person who typed it."""
    text = _typed(form, name)
    try:
        moment = times.typed_moment(text)
    except (ValueError, OverflowError):
        return text
    if moment is None:
        return None
    return (
        ms_of(moment) // 1000 if field.type == "seconds" else time_shown(moment.astimezone(UTC), field.type)
    )


def _person(name: str, field: Field, form: Form, before: Any, people: People) -> Any:
    return _of_person(_typed(form, name), field, before, people) if _typed(form, name) else None


def _people(name: str, field: Field, form: Form, before: Any, people: People) -> Any:
    chosen = [text for text in form.getlist(name) if text]
    kept = {person_key(field, one): one for one in before or []}
    return [_of_person(text, field, kept.get(text), people) for text in chosen]


def _told(name: str, field: Field, form: Form, before: Any, people: People) -> Any:
    users = [_of_person(text, field, None, people) for text in form.getlist(name) if text]
    return {"departments": [], "groups": [], **(before or {}), "users": users}


def _of_person(key: str, field: Field, before: Any, people: People) -> Any:
    """A person as the field names them. One that was chosen before stays as they were written."""
    if before is not None and person_key(field, before) == key:
        return before
    author = people.get(key)
    if field.type in ("card", "cards"):
        return authors.card(author, field.prefix) if author else {"id": f"{field.prefix}{key}", "name": ""}
    number = str(author.number) if author else key
    return number if field.as_ == "text" else as_number(number)


def _linked(field: Field, text: str) -> Any:
    return as_number(text) if text.isascii() and text.isdigit() else text


def _link(name: str, field: Field, form: Form, before: Any, people: People) -> Any:
    text = _typed(form, name)
    return (_linked(field, text) if field.as_ == "number" or field.type == "any_link" else text) or None


def _links(name: str, field: Field, form: Form, before: Any, people: People) -> Any:
    return [{"id": _linked(field, text)} for text in _words(name, field, form, before, people)]


def _named(name: str, field: Field, form: Form, before: Any, people: People) -> Any:
    return {"id": _typed(form, name)} if _typed(form, name) else None


def _named_many(name: str, field: Field, form: Form, before: Any, people: People) -> Any:
    return [{"id": text} for text in form.getlist(name) if text]


def _entities(name: str, field: Field, form: Form, before: Any, people: People) -> Any:
    """Groups that the form does not show (S0's `universal_entity`) stay."""
    groups = field.to if isinstance(field.to, dict) else {}
    typed = {group: _links(f"{name}.{group}", field, form, None, people) for group in groups}
    others = {group: ones for group, ones in (before or {}).items() if group not in groups}
    return {**{group: ones for group, ones in typed.items() if ones}, **others}


def _group(name: str, field: Field, form: Form, before: Any, people: People) -> Any:
    found = {part: _part(inner, _typed(form, f"{name}.{part}")) for part, inner in field.named_parts.items()}
    is_filled = any(_typed(form, f"{name}.{part}") for part in field.named_parts)
    return found if is_filled else None


def _rows(name: str, field: Field, form: Form, before: Any, people: People) -> Any:
    """The rows in which something was typed besides what an empty row starts with."""
    columns = {part: form.getlist(f"{name}.{part}")[:MOST_ROWS] for part in field.named_parts}
    count = max(map(len, columns.values()), default=0)
    rows = [
        {part: texts[n].strip() if n < len(texts) else "" for part, texts in columns.items()}
        for n in range(count)
    ]
    filled = [row for row in rows if any(row.values())]
    return [{part: _part(inner, row[part]) for part, inner in field.named_parts.items()} for row in filled]


def _part(inner: Field, text: str) -> Any:
    if not text:
        return inner.empty
    return as_number(text) if inner.type in ("whole", "number") else text


_READ: dict[str, Callable[[str, Field, Form, Any, People], Any]] = {
    "whole": _number,
    "number": _number,
    "yes_no": _yes_no,
    "words": _words,
    "seconds": _time,
    "moment": _time,
    "exact": _time,
    "person": _person,
    "card": _person,
    "people": _people,
    "cards": _people,
    "told": _told,
    "link": _link,
    "any_link": _link,
    "links": _links,
    "named": _named,
    "named_many": _named_many,
    "entities": _entities,
    "group": _group,
    "rows": _rows,
}
