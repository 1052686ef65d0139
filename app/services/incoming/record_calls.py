"""The tools that work on the records here: what a path and a method mean (S0, product.md D2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from app.core.errors import NotFound
from app.core.transaction import transaction
from app.core.validation import Schema, check
from app.services import records

COLLECTION, ITEM, ITEM_STAGE = "collection", "item", "item_stage"
METHODS = {
    COLLECTION: ("GET", "POST"),
    ITEM: ("GET", "PATCH", "DELETE"),
    ITEM_STAGE: ("POST",),
}


class StageIn(Schema):
    """Where a record moves to: the key of a stage of its kind."""

    stage: str | int


class ListQuery(Schema):
    """What a list takes: `q` finds in the text of records."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    q: Annotated[str, Field(max_length=200)] = ""
    stage: Annotated[str, Field(max_length=100)] | None = None
    owner: Annotated[str, Field(max_length=100)] | None = None
    sort: Literal["newest", "changed", "name"] = "newest"


@dataclass(frozen=True, slots=True)
class CallInput:
    """What came with a call: its query, and the JSON object in its body (empty where none is wanted)."""

    query: Mapping[str, str]
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RecordPath:
    """What a path names. shape: all records of a kind, one of them, or its stage."""

    kind: str
    shape: str
    record_id: str = ""

    @property
    def methods(self) -> tuple[str, ...]:
        """What can be done there."""
        return METHODS[self.shape]


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """What came of a call: a status and a body to be written as JSON; None: no body."""

    status: int
    body: Any = None


def place_at(tool: str, path: str) -> RecordPath:
    """What `entities/lead/414` or `tasks/816/stage` names below a tool. Raises `NotFound`."""
    parts = path.split("/")
    for length in (2, 1):
        kind = _kind_at(tool, "/".join(parts[:length]))
        if kind is not None:
            return _place(kind, parts[length:])
    raise NotFound


def _kind_at(tool: str, path: str) -> str | None:
    try:
        return records.kind_at(tool, path).key
    except NotFound:
        return None


def _place(kind: str, rest: list[str]) -> RecordPath:
    match rest:
        case []:
            return RecordPath(kind, COLLECTION)
        case [str(record_id)] if record_id:
            return RecordPath(kind, ITEM, record_id)
        case [str(record_id), "stage"] if record_id:
            return RecordPath(kind, ITEM_STAGE, record_id)
    raise NotFound


def serve(space_id: str, place: RecordPath, method: str, given: CallInput) -> RecordAnswer:
    """Do what was asked, in the caller's transaction if there is one.

    Raises `NotFound`, `Invalid`, `Conflict`. `method`: one of the place's.
    """
    return _DO[place.shape, method](space_id, place, given)


def _listed(space_id: str, place: RecordPath, given: CallInput) -> RecordAnswer:
    query = check(ListQuery, given.query)
    filters = records.Filters(q=query.q, stage=query.stage, owner=query.owner, sort=query.sort)
    page = records.find(space_id, place.kind, filters, query.cursor, query.limit)
    data = [records.as_shown(record) for record in page.records]
    return RecordAnswer(200, {"data": data, "next_cursor": page.next_cursor})


def _read(space_id: str, place: RecordPath, given: CallInput) -> RecordAnswer:
    return RecordAnswer(200, records.as_shown(records.get(space_id, place.kind, place.record_id)))


def _created(space_id: str, place: RecordPath, given: CallInput) -> RecordAnswer:
    return RecordAnswer(201, records.as_shown(records.create(space_id, place.kind, given.body)))


def _changed(space_id: str, place: RecordPath, given: CallInput) -> RecordAnswer:
    """Fields, the one that names the stage too: moving is what a change of that field is."""
    values = dict(given.body)
    stages = records.kind_named(place.kind).stages
    stage = values.pop(stages.field, None) if stages else None
    with transaction():
        if stage is not None:
            record = records.move_stage(space_id, place.kind, place.record_id, stage)
        if values or stage is None:
            record = records.update(space_id, place.kind, place.record_id, values)
        return RecordAnswer(200, records.as_shown(record))


def _deleted(space_id: str, place: RecordPath, given: CallInput) -> RecordAnswer:
    records.delete(space_id, place.kind, place.record_id)
    return RecordAnswer(204)


def _moved(space_id: str, place: RecordPath, given: CallInput) -> RecordAnswer:
    stage = check(StageIn, given.body).stage
    return RecordAnswer(
        200, records.as_shown(records.move_stage(space_id, place.kind, place.record_id, stage))
    )


_DO: dict[tuple[str, str], Callable[[str, RecordPath, CallInput], RecordAnswer]] = {
    (COLLECTION, "GET"): _listed,
    (COLLECTION, "POST"): _created,
    (ITEM, "GET"): _read,
    (ITEM, "PATCH"): _changed,
    (ITEM, "DELETE"): _deleted,
    (ITEM_STAGE, "POST"): _moved,
}
