"""Records of the space: list, create, read, change, delete, in the shapes of the articles (D5)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from typing_extensions import TypedDict  # the one that pydantic reads on Python 3.11
from werkzeug.wrappers import Response

from app.api.answers import answer, empty
from app.api.authentication import scope, space_id
from app.api.blueprint import bp
from app.api.body import read_object
from app.api.operation import documented
from app.api.paging import Paged, Text, cursor_of, listed, read_query, text_in, wrong_cursor
from app.catalogue import RecordKind, load_kinds
from app.core.validation import Schema
from app.models import Record
from app.services import records


class RecordQuery(Paged):
    """What a list of records takes. `q`: a part of a name, a number or an address."""

    q: Annotated[Text | None, Field(description="A part of its name, number or address")] = None
    stage: Annotated[Text | None, Field(description="The stage it stands at")] = None
    owner: Annotated[Text | None, Field(description="The number of the person whose it is")] = None
    sort: Literal["newest", "changed", "name"] = "newest"


class RecordIn(Schema):
    """The fields of the kind: one of these, by the kind in the address. Checked by `services.records`."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The JSON Schema of every kind, as the catalogue makes it."""
        each = [{"title": kind.key, **kind.json_schema()} for kind in load_kinds().values()]
        return {"description": "By the kind in the address", "anyOf": each}


class RecordChangesIn(Schema):
    """Any of the fields of the kind; null clears one."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The same, and nothing is required."""
        each = [{"title": kind.key, **kind.json_schema(), "required": []} for kind in load_kinds().values()]
        return {"description": "By the kind in the address", "anyOf": each}


class RecordOut(Schema):
    """A record in the shape that the articles show: its fields depend on its kind."""

    model_config = ConfigDict(extra="allow")


class RecordKindOut(TypedDict):
    """A kind of record: what it takes, where it can stand, and the event types that its changes cause."""

    key: str
    title: str
    tool: str
    json_schema: dict[str, Any]
    stages: list[dict[str, Any]]
    events: list[str]


@bp.get("/v1/records")
@scope("records:read")
@documented("Records", "List the kinds of records", query=Paged, answer=RecordKindOut, listed=True)
def list_record_kinds() -> Response:
    """The kinds, in the order of their tools."""
    query = read_query(Paged)
    after, keys = text_in(query.cursor), list(load_kinds())
    if after is not None and after not in keys:
        raise wrong_cursor()
    start = keys.index(after) + 1 if after is not None else 0
    page = keys[start : start + query.limit]
    more = start + query.limit < len(keys)
    return answer(
        listed([_kind_out(load_kinds()[key]) for key in page], cursor_of(page[-1]) if more else None)
    )


@bp.get("/v1/records/<kind>")
@scope("records:read")
@documented(
    "Records", "List records of a kind", query=RecordQuery, answer=RecordOut, listed=True, fails=(404,)
)
def list_records(kind: str) -> Response:
    """The records of a kind, newest first unless asked otherwise."""
    query = read_query(RecordQuery)
    filters = records.Filters(query.q or "", query.stage, query.owner, query.sort)
    page = records.find(space_id(), kind, filters, text_in(query.cursor), query.limit)
    shown = [records.as_shown(record) for record in page.records]
    return answer(listed(shown, cursor_of(page.next_cursor) if page.next_cursor else None))


@bp.post("/v1/records/<kind>")
@scope("records:write")
@documented("Records", "Create a record", status=201, body=RecordIn, answer=RecordOut, fails=(404,))
def create_record(kind: str) -> Response:
    """A new record; its event is published with it."""
    record = records.create(space_id(), records.kind_named(kind).key, read_object())
    return answer(records.as_shown(record), 201, {"Location": _address(record)})


@bp.get("/v1/records/<kind>/<record_id>")
@scope("records:read")
@documented("Records", "Read a record", answer=RecordOut, fails=(404,))
def show_record(kind: str, record_id: str) -> Response:
    """One record."""
    return answer(records.as_shown(records.get(space_id(), kind, record_id)))


@bp.patch("/v1/records/<kind>/<record_id>")
@scope("records:write")
@documented(
    "Records",
    "Change the fields you name, the stage too; null clears one",
    body=RecordChangesIn,
    answer=RecordOut,
    fails=(404,),
)
def change_record(kind: str, record_id: str) -> Response:
    """Change fields; the events of the change are published with it."""
    records.get(space_id(), kind, record_id)
    return answer(records.as_shown(records.update(space_id(), kind, record_id, read_object())))


@bp.delete("/v1/records/<kind>/<record_id>")
@scope("records:write")
@documented("Records", "Delete a record", status=204, fails=(404,))
def delete_record(kind: str, record_id: str) -> Response:
    """Delete a record."""
    records.delete(space_id(), kind, record_id)
    return empty()


def _kind_out(kind: RecordKind) -> RecordKindOut:
    stages = kind.stages.list if kind.stages else ()
    return {
        "key": kind.key,
        "title": kind.title,
        "tool": kind.tool,
        "json_schema": kind.json_schema(),
        "stages": [{"value": stage.value, "title": stage.title} for stage in stages],
        "events": sorted(kind.events.keys()),
    }


def _address(record: Record) -> str:
    return f"/api/v1/records/{record.kind}/{record.own_id}"
