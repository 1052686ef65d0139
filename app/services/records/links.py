"""Records that name other records: are they there, what are they called, and what is kept to find the way back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from app.catalogue import Field, RecordKind, load_kinds
from app.core.errors import FieldError, Invalid
from app.models import Record, RecordLink


class Named(NamedTuple):
    """A record that another one names: its kind and its own id, as text."""

    kind: str
    own_id: str


Labels = Mapping[Named, str]


def with_labels(
    session: Session, space_id: str, kind: RecordKind, values: dict[str, Any], checked: Iterable[str]
) -> dict[str, Any]:
    """The values with the names of the records that they link to.

    checked: the fields that came from outside just now; they must lead to records that exist where their kind asks
    for it. Raises `Invalid`.
    """
    labels = labels_of(session, space_id, set(links_in(kind, values)))
    errors = [error for name in checked for error in _lost(kind, name, values, labels)]
    if errors:
        raise Invalid(errors)
    for name, field in kind.fields.items():
        if name in values and field.type in _LABELLED:
            values[name] = _LABELLED[field.type](field, values[name], labels)
        if field.filled == "label_of":
            of = kind.fields[str(field.of)]
            values[name] = labels.get(Named(str(of.to), str(values.get(str(field.of)))), values.get(name, ""))
    return values


def labels_of(session: Session, space_id: str, named: set[Named]) -> dict[Named, str]:
    """What these records are called; those that there are not are left out. One query."""
    if not named:
        return {}
    rows = session.execute(
        select(Record.kind, Record.own_id, Record.label).where(
            Record.space_id == space_id,
            tuple_(Record.kind, Record.own_id).in_(sorted(named)),
            Record.deleted_at.is_(None),
        )
    )
    return {Named(kind, own_id): label for kind, own_id, label in rows}


def keep_links(
    session: Session, record: Record, kind: RecordKind, values: Mapping[str, Any], new: bool
) -> None:
    """Store what the record names, so that the others find it."""
    if not new:
        session.execute(delete(RecordLink).where(RecordLink.from_id == record.id))
    session.add_all(
        RecordLink(from_id=record.id, space_id=record.space_id, to_kind=one.kind, to_id=one.own_id)
        for one in set(links_in(kind, values))
    )


def links_in(kind: RecordKind, values: Mapping[str, Any]) -> Iterator[Named]:
    """Every record that these values name."""
    for name in kind.fields:
        yield from _links_of(kind, name, values)


def _links_of(kind: RecordKind, name: str, values: Mapping[str, Any]) -> Iterator[Named]:
    field, value = kind.fields[name], values.get(name)
    if not value:
        return
    if field.type == "link":
        yield Named(str(field.to), str(value))
    elif field.type == "any_link":
        yield Named(str(values.get(str(field.kind_in))), str(value))
    elif field.type in ("links", "named_many"):
        yield from (Named(str(field.to), str(one["id"])) for one in value)
    elif field.type == "named":
        yield Named(str(field.to), str(value["id"]))
    elif field.type == "entities" and isinstance(field.to, dict):
        known = ((to, value.get(group, ())) for group, to in field.to.items())
        yield from (Named(to, str(one["id"])) for to, ones in known for one in ones)


def _lost(kind: RecordKind, name: str, values: Mapping[str, Any], labels: Labels) -> Iterator[FieldError]:
    field = kind.fields[name]
    if not field.must_exist and field.type not in ("links", "named", "named_many", "any_link"):
        return
    for named in _links_of(kind, name, values):
        if named not in labels:
            title = load_kinds()[named.kind].title if named.kind in load_kinds() else named.kind
            said = _(
                "There is no record “%(id)s” of the kind “%(kind)s”.", kind=_(title), id=named.own_id[:60]
            )
            yield FieldError(name, said)


def id_shown(kind: str, own_id: Any) -> Any:
    """The id of a linked record as the articles write it: a number where its kind has numbers."""
    numbers = kind in load_kinds() and load_kinds()[kind].id == "number"
    return int(own_id) if numbers and str(own_id).isascii() and str(own_id).isdigit() else own_id


def _any_id(_field: Field, value: Any, _labels: Labels) -> Any:
    """S0 writes `entity_id: 786` of tasks too, whose own ids are texts."""
    return int(value) if str(value).isascii() and str(value).isdigit() else value


def _one_named(field: Field, value: Any, labels: Labels) -> Any:
    if not value:
        return value
    return {
        "id": value["id"],
        "name": labels.get(Named(str(field.to), str(value["id"])), value.get("name", "")),
    }


def _titled(to: str, value: Any, labels: Labels) -> Any:
    return [
        {
            "id": id_shown(to, one["id"]),
            "title": labels.get(Named(to, str(one["id"])), one.get("title", "")),
        }
        for one in value
    ]


def _entities(field: Field, value: Any, labels: Labels) -> Any:
    """Groups that the catalogue knows get the names of their records; others stay as they were given."""
    to = field.to if isinstance(field.to, dict) else {}
    return {group: _titled(to.get(group, group), ones, labels) for group, ones in value.items()}


_LABELLED = {
    "links": lambda field, value, labels: _titled(str(field.to), value, labels) if value else value,
    "named": _one_named,
    "named_many": lambda field, value, labels: [_one_named(field, one, labels) for one in value],
    "entities": _entities,
    "any_link": _any_id,
}
