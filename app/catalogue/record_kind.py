"""RecordKind: what a lead, a task, a job is: its fields, stages and the events that its changes cause."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Known
from pydantic_core import PydanticCustomError

from app.catalogue.event_type import Line, Words
from app.catalogue.record_field import Field
from app.catalogue.record_schema import Schema, object_of, schema_of, schema_with_empty

NUMBER, TEXT, UUID = "number", "text", "uuid"


class _KindEntry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Stage(_KindEntry):
    """One stage. `sets`: what else a record gets when it comes here (see `ChangeEvent.sets`)."""

    value: str | int
    title: Line
    sets: dict[str, Any] = {}

    @property
    def key(self) -> str:
        """Its value as text, for addresses and columns."""
        return str(self.value)


class Stages(_KindEntry):
    """The stages of a kind, in their order, and the field that holds them. `none`: a record may be at no stage."""

    field: str
    list: tuple[Stage, ...]
    none: bool = False

    def get(self, value: Any) -> Stage | None:
        """The stage of this value (`3` and `"3"` are one), or None."""
        return next((stage for stage in self.list if stage.key == str(value)), None)

    @property
    def first(self) -> Stage | None:
        """Where a new record stands; None: at no stage."""
        return None if self.none else self.list[0]


class ChangeEvent(_KindEntry):
    """When `field` changes, this event: with the old and the new value under these names.

    Only if the new value is `becomes`, the old one is `leaves`, or all rows `all_have` this part. `with_`: fields that
    belong to the change and cause no event of their own beside it. `sets`: values that the record gets along:
    `$actor`, `$actor_text` (who it was, by number), `$now` (seconds), `$latest` (the newest of `all_have`);
    `$actor_once` and `$now_once` only where nothing is set. `on_create`: a new record can cause it too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    field: str
    event: str
    old_as: str | None = None
    new_as: str | None = None
    becomes: Any = None
    leaves: Any = None
    all_have: str | None = None
    with_: tuple[str, ...] = Known((), alias="with")
    sets: dict[str, Any] = {}
    on_create: bool = False


class CreationEvent(_KindEntry):
    """The event of a new record where it is not simply one: `by` a field's value; or of the record that field `of`
    leads to, with this one `as` a part of its data."""

    by: str | None = None
    events: dict[str, str] = {}
    event: str | None = None
    of: str | None = None
    as_: str | None = Known(None, alias="as")


class Events(_KindEntry):
    """The event types that a kind's changes cause."""

    created: str | CreationEvent | None = None
    changed: str | None = None
    deleted: str | None = None
    when: tuple[ChangeEvent, ...] = ()

    def keys(self) -> set[str]:
        """Every event type that can come of it."""
        made = self.created
        created = {made} if isinstance(made, str) else {made.event, *made.events.values()} if made else set()
        return {key for key in (*created, self.changed, self.deleted, *(r.event for r in self.when)) if key}


class RecordKind(_KindEntry):
    """One kind of record. `path`: where it stands below its tool in incoming addresses.

    `id`: how its ids look: number (4711), text ("816"), uuid, or a prefix ("job_"). `label`: the fields that name a
    record, the first with a value counts; several in one entry are joined.
    """

    key: Words
    tool: Words
    title: Line
    plural: Line
    path: str
    id: str
    label: tuple[str, ...]
    columns: tuple[str, ...]
    importable: bool = False
    fields: dict[str, Field]
    stages: Stages | None = None
    events: Events = Events()

    @model_validator(mode="after")
    def _names_its_own_fields(self) -> RecordKind:
        """A slip in a file is found when the program starts, not when a record is saved."""
        named = [*" ".join(self.label).split(), *self.columns, *(rule.field for rule in self.events.when)]
        named += [name for rule in self.events.when for name in (*rule.sets, *rule.with_)]
        named += [name for stage in (self.stages.list if self.stages else ()) for name in stage.sets]
        for name in named:
            if name not in self.fields:
                raise PydanticCustomError("field", "There is no field {name}.", {"name": name})
        return self

    @cached_property
    def writable(self) -> dict[str, Field]:
        """The fields that people and programs may set."""
        return {name: field for name, field in self.fields.items() if field.writable}

    @cached_property
    def owner_field(self) -> str | None:
        """The field that says whose record it is."""
        return next((n for n, field in self.fields.items() if field.owns or n == "owner"), None)

    @cached_property
    def checked_schema(self) -> Schema:
        """What values must fit that are not empty: for checking."""
        return object_of({name: schema_of(field) for name, field in self.writable.items()})

    def json_schema(self) -> Schema:
        """What creating takes (JSON Schema 2020-12): for the documentation."""
        required = [name for name, field in self.writable.items() if field.required and not field.from_]
        return object_of({name: schema_with_empty(field) for name, field in self.writable.items()}, required)


class Tool(_KindEntry):
    """A part of the workspace that rights are given for: CRM, Tasks, Chats ... (S0)."""

    key: Words
    title: Line
    kinds: tuple[RecordKind, ...]
