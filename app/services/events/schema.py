"""An event as it is handed in: what it may hold, and whether it can be stored (F1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from flask_babel import gettext as _
from pydantic import ConfigDict, Field, StringConstraints, field_validator
from pydantic_core import to_json

from app.catalogue import HOOKDESK_PREFIX, Catalogue, EventType, UnknownEventType, load_catalogue
from app.core.errors import FieldError, Invalid
from app.core.exact_json import canonical, dumps
from app.core.validation import PRINTABLE, Rfc3339, Schema, check
from app.services.event_types import catalogue_of, unknown_type_sentence
from app.services.events.fit import as_kept, fault_of, field_error, refuses_unfit_data

MAX_DATA_BYTES = 1024 * 1024

# Names in the data are the publisher's, white space around them too.
AnyName = Annotated[str, StringConstraints(strip_whitespace=False)]
OwnId = Annotated[
    str,
    Field(min_length=1, max_length=200, json_schema_extra={"type": ["string", "integer"]}),
    PRINTABLE,
]


class SingleEventIn(Schema):
    """One event as a program hands it in (api.md); its types are those of JSON, nothing is read as another one."""

    model_config = ConfigDict(strict=True)

    type: Annotated[str, Field(min_length=1, max_length=100), PRINTABLE]
    data: dict[AnyName, Any]
    object_id: OwnId | None = None
    project_id: OwnId | None = None
    actor_id: OwnId | None = None
    occurred_at: Rfc3339 | None = None

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


class EventIn(SingleEventIn):
    """One event and the key that it is known by, which a single one has in a header."""

    idempotency_key: Annotated[str, Field(min_length=1, max_length=255), PRINTABLE] | None = None


@dataclass(frozen=True, slots=True)
class CheckedEvent:
    """An event that may be stored: its input and its data as the bytes that will be sent."""

    item: EventIn
    data: bytes
    request_hash: bytes | None
    data_fault: str | None = None

    def is_repeat_of(self, request_hash: bytes) -> bool:
        """True if this is the event that was stored with this hash under the same idempotency key."""
        return request_hash == self.request_hash or request_hash == _hash_as_before(self.item)


def check_events(
    space_id: str,
    items: Sequence[Mapping[str, Any]],
    batch: bool,
    known: Catalogue | None = None,
    *,
    by_hookdesk: bool = False,
) -> list[CheckedEvent]:
    """Every item that may be stored, in order. Raises `Invalid`; in a batch fields begin with `events.3.`.

    `known`: the space's event types, if the caller has them; else they are read where they are needed.
    `by_hookdesk`: what happens to webhooks themselves may be published; nobody else may say that it did.
    """
    checked: dict[int, CheckedEvent] = {}
    errors: list[FieldError] = []
    known = known or _known_types(space_id, items)
    for number, item in enumerate(items):
        try:
            checked[number] = _check_one(space_id, known, item, by_hookdesk)
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


def _check_one(
    space_id: str, catalogue: Catalogue, raw: Mapping[str, Any], by_hookdesk: bool
) -> CheckedEvent:
    item = check(EventIn, raw)
    if item.type.startswith(HOOKDESK_PREFIX) and not by_hookdesk:
        said = _(
            "Events whose names begin with hookdesk. are published by Hookdesk alone. Choose another event."
        )
        raise Invalid([FieldError("type", said)])
    try:
        event_type = catalogue.require(item.type)
    except UnknownEventType as unknown:
        raise Invalid([FieldError("type", unknown_type_sentence(item.type, unknown.nearest))]) from None
    data = as_sent(item.data)
    request_hash = _request_hash(item, data) if item.idempotency_key else None
    return CheckedEvent(item, data, request_hash, _fault(space_id, event_type, item.data))


def _fault(space_id: str, event_type: EventType, data: dict[str, Any]) -> str | None:
    """Where the data does not fit the space's own type; raises `Invalid` if the space refuses that."""
    if event_type.key in load_catalogue() or (fault := fault_of(event_type, data)) is None:
        return None
    if refuses_unfit_data(space_id):
        raise Invalid([field_error(fault)])
    return as_kept(field_error(fault))


def as_sent(data: Mapping[str, Any]) -> bytes:
    """The data as JSON in UTF-8, numbers digit by digit. Raises `Invalid` for what JSON cannot carry."""
    try:
        encoded = dumps(data)
    except (TypeError, ValueError, RecursionError):
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
    """Equal for a repeat: however numbers are spelt (1.1, 1.10), whatever the order of names and the white space."""
    return _hash(item, canonical(data))


def _hash_as_before(item: EventIn) -> bytes:
    """What version 0.1 kept of a request: spelling and order of names counted, decimals were those of a double."""
    return _hash(item, to_json(item.data, inf_nan_mode="constants"))


def _hash(item: EventIn, data: bytes) -> bytes:
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
