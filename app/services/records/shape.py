"""A record in the shape of the articles: their names, their order, numbers and texts as they write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from app.catalogue import Field, RecordKind, load_kinds
from app.core.times import ms_of
from app.models import Record


def as_shown(record: Record, also: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The record as the API answers with it, and as its events carry it.

    also: values that belong to one event, over those of the record (`old_kanban_stage_id`, `image` ...).
    """
    kind, values = load_kinds()[record.kind], record.values
    shown = {}
    for name, field in kind.fields.items():
        value = shown_value(record, kind, name, values)
        if field.show == "always" or value != field.empty:
            shown[name] = value
    return {**shown, **(also or {})}


def shown_value(record: Record, kind: RecordKind, name: str, values: Mapping[str, Any]) -> Any:
    """One field of a record as it is shown; `values` are the record's."""
    field = kind.fields[name]
    if field.filled in _FILLED:
        return _FILLED[str(field.filled)](record, field)
    if name in values:
        return values[name]
    return values.get(field.follows, field.empty) if field.follows else field.empty


def own_id_shown(record: Record) -> str | int:
    """Its id: a number where the articles have numbers."""
    return int(record.own_id) if load_kinds()[record.kind].id == "number" else record.own_id


def time_shown(moment: datetime | None, form: str | None) -> int | str | None:
    """A moment in one of the articles' forms (`catalogue.record_field.TIMES`)."""
    return None if moment is None else _FORMS[str(form)](moment.astimezone(UTC))


_FORMS: dict[str, Callable[[datetime], int | str]] = {
    "seconds": lambda at: ms_of(at) // 1000,
    "moment": lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}",
    "exact": lambda at: f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z",
    "minute": lambda at: f"{at:%Y-%m-%d %H:%M}",
}
_FILLED: dict[str, Callable[[Record, Field], Any]] = {
    "id": lambda record, field: own_id_shown(record),
    "space": lambda record, field: record.space_id,
    "created_at": lambda record, field: time_shown(record.created_at, field.as_),
    "updated_at": lambda record, field: time_shown(record.updated_at, field.as_),
    "changed_at": lambda record, field: (
        time_shown(record.updated_at, field.as_) if record.version > 1 else field.empty
    ),
    "deleted_at": lambda record, field: time_shown(record.deleted_at, field.as_),
    "is_deleted": lambda record, field: record.deleted_at is not None,
    "constant": lambda record, field: str(field.value).replace("{id}", record.own_id),
    "event": lambda record, field: field.empty,
}
