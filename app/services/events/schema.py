"""An event as it is handed in: what it may hold, and whether it can be stored (F1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from flask_babel import gettext as _
from pydantic import AwareDatetime, Field, field_validator
from pydantic_core import to_json

from app.catalogue import Catalogue, UnknownEventType, load_catalogue
from app.core.errors import FieldError, Invalid
from app.core.validation import PRINTABLE, Schema, check
from app.services.event_types import catalogue_of, unknown_type_sentence

MAX_DATA_BYTES = 1024 * 1024

_STRICT = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))

OwnId = Annotated[str, Field(min_length=1, max_length=200), PRINTABLE]


class EventIn(Schema):
    """One event as a program hands it in (api.md)."""

    type: Annotated[str, Field(min_length=1, max_length=100), PRINTABLE]
    data: dict[str, Any]
    object_id: OwnId | None = None
    project_id: OwnId | None = None
    actor_id: OwnId | None = None
    occurred_at: AwareDatetime | None = None
    idempotency_key: Annotated[str, Field(min_length=1, max_length=255), PRINTABLE] | None = None

    @field_validator("object_id", "project_id", "actor_id", mode="before")
    @classmethod
    def _number_as_text(cls, value: object) -> object:
        """Many products count their records: 4711 means "4711"."""
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("occurred_at")
    @classmethod
    def _has_a_year(cls, value: datetime | None) -> datetime | None:
        """A zone can carry a time at either end of the calendar beyond it, where nothing can be written."""
        if value is None:
            return None
        try:
            value.astimezone(UTC)
        except OverflowError:
            raise ValueError(_("Enter a time between the years 1 and 9999.")) from None
        return value


@dataclass(frozen=True, slots=True)
class CheckedEvent:
    """An event that may be stored: its input and its data as the bytes that will be sent."""

    item: EventIn
    data: bytes
    request_hash: bytes | None


def check_events(
    space_id: str, items: Sequence[Mapping[str, Any]], batch: bool, known: Catalogue | None = None
) -> list[CheckedEvent]:
    """Every item that may be stored, in order. Raises `Invalid`; in a batch fields begin with `events.3.`.

    `known`: the space's event types, if the caller has them; else they are read where they are needed.
    """
    checked: dict[int, CheckedEvent] = {}
    errors: list[FieldError] = []
    known = known or _known_types(space_id, items)
    for number, item in enumerate(items):
        try:
            checked[number] = _check_one(known, item)
        except Invalid as wrong:
            prefix = f"events.{number}." if batch else ""
            errors += [FieldError(prefix + e.field, e.message) for e in wrong.errors]
    if batch:
        errors += _repeated_keys(checked)
    if errors:
        raise Invalid(errors)
    return list(checked.values())


def _known_types(space_id: str, items: Sequence[Any]) -> Catalogue:
    """The shipped catalogue where that will do: only another type costs a look at the space's own ones."""
    shipped = load_catalogue()
    types = [item.get("type") for item in items if isinstance(item, Mapping)]
    if all(isinstance(key, str) and key.strip() in shipped for key in types):
        return shipped
    return catalogue_of(space_id)


def _check_one(catalogue: Catalogue, raw: Mapping[str, Any]) -> CheckedEvent:
    item = check(EventIn, raw)
    try:
        catalogue.require(item.type)
    except UnknownEventType as unknown:
        raise Invalid([FieldError("type", unknown_type_sentence(item.type, unknown.nearest))]) from None
    data = as_sent(item.data)
    return CheckedEvent(item, data, _request_hash(item, data) if item.idempotency_key else None)


def as_sent(data: Mapping[str, Any]) -> bytes:
    """The data as JSON in UTF-8, big whole numbers exact. Raises `Invalid` for what JSON cannot carry."""
    try:
        encoded = to_json(data, inf_nan_mode="constants")
        if b"NaN" in encoded or b"Infinity" in encoded:
            encoded = _STRICT.encode(data).encode()  # raises, unless a text says so
    except (ValueError, RecursionError):
        raise Invalid(
            [
                FieldError(
                    "data",
                    _("The data holds a value that JSON cannot carry, such as infinity or half a character."),
                )
            ]
        ) from None
    if len(encoded) > MAX_DATA_BYTES:
        raise Invalid([FieldError("data", _("The data is larger than %(n)s KiB.", n=MAX_DATA_BYTES // 1024))])
    return encoded


def _request_hash(item: EventIn, data: bytes) -> bytes:
    rest = [item.type, item.object_id, item.project_id, item.actor_id, str(item.occurred_at)]
    return hashlib.sha256(json.dumps(rest).encode() + b"\0" + data).digest()


def _repeated_keys(checked: Mapping[int, CheckedEvent]) -> list[FieldError]:
    seen: set[str] = set()
    errors = []
    for number, c in checked.items():
        if (key := c.item.idempotency_key) is None:
            continue
        if key in seen:
            errors.append(
                FieldError(f"events.{number}.idempotency_key", _("This key stands twice in the batch."))
            )
        seen.add(key)
    return errors
