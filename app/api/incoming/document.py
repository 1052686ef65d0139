"""The OpenAPI 3.1 document of incoming addresses: made from the kinds of records, as the door serves them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from http import HTTPStatus
from typing import Any

from flask import current_app
from pydantic import TypeAdapter
from werkzeug.wrappers import Response

from app.api.answers import answer
from app.api.blueprint import bp
from app.api.incoming.refusals import DENIED
from app.api.openapi import COMPONENTS, PROBLEM, problem_answer
from app.api.schemas.events import PublishedOut
from app.catalogue import Field, RecordKind, load_kinds, load_tools
from app.catalogue.record_schema import object_of, schema_of
from app.core.route_policy import INCOMING, PUBLIC, declare
from app.core.version import __version__
from app.services.incoming.record_calls import COLLECTION, ITEM, ITEM_STAGE, ListQuery, StageIn
from app.services.incoming.tools import VERSION

ABOUT = (
    "What another system may do below the address of an incoming webhook. The address is the proof: there is no key."
    " Unknown fields are refused. If a space passes a tool on to a service of its own, path, query and body go there,"
    " PUT is possible too, and each answer of 200 to 299 and 400 to 499 is that service's."
)
# Of every call: what cannot be read, an address or thing that is not there, a method, too fast; and services behind.
ALWAYS_FAILS = (400, 404, 405, 422, 429, 502, 503, 504)
WITH_BODY = (408, 409, 413, 415)
PLACES = {COLLECTION: "", ITEM: "/{record_id}", ITEM_STAGE: "/{record_id}/stage"}
RECORD_ID = {
    "name": "record_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "minLength": 1},
}
EVENT = {
    "name": "event_type",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "minLength": 1},
    "description": "A type of the space, or the word of a source that was set up for it",
}
DENIED_SCHEMA = {
    "type": "object",
    "required": ["errors", "status"],
    "properties": {
        "errors": {
            "type": "object",
            "required": ["text"],
            "properties": {"text": {"type": "array", "items": {"type": "string"}}},
        },
        "status": {"const": True},
    },
    "example": DENIED,
}
_FILLED: dict[str, dict[str, Any]] = {
    "is_deleted": {"type": "boolean"},
    "space": {"type": "string"},
    "constant": {"type": "string"},
}


@bp.get("/v1/incoming/openapi.json")
@declare(PUBLIC)
def incoming_document() -> Response:
    """What can be asked of the records below an incoming address, and how messages are handed in."""
    return answer(document_at(current_app.config["SETTINGS"].base_url))


@cache
def document_at(base_url: str) -> dict[str, Any]:
    """The document of a Hookdesk with this address; do not change it."""
    components: dict[str, Any] = {
        "Problem": PROBLEM,
        "Denied": DENIED_SCHEMA,
        "Received": _received(),
        "Stage": StageIn.model_json_schema(),
    }
    paths: dict[str, Any] = {}
    for kind in load_kinds().values():
        components |= {
            kind.key: _shown(kind),
            f"{kind.key}_new": kind.json_schema(),
            f"{kind.key}_changes": {**kind.json_schema(), "required": []},
        }
        paths |= dict(_places(kind))
    paths[f"/events/{VERSION}/{{event_type}}"] = {"post": _receiving()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hookdesk: incoming webhooks", "version": __version__, "description": ABOUT},
        "servers": [
            {
                "url": f"{base_url}{INCOMING}{{token}}",
                "variables": {"token": {"default": "token", "description": "The end of the address"}},
            }
        ],
        "security": [],
        "paths": paths,
        "components": {"schemas": components},
    }


def _places(kind: RecordKind) -> Iterator[tuple[str, dict[str, Any]]]:
    base = f"/{kind.tool}/{VERSION}/{kind.path}"
    one, new, changes = kind.key, f"{kind.key}_new", f"{kind.key}_changes"
    name = kind.title.lower()
    yield (
        base,
        {
            "get": _operation(kind, "list", f"List: {kind.plural}", {200: _page(one)}, query=True),
            "post": _operation(kind, "create", f"Create: {name}", {201: _json(one)}, body=new),
        },
    )
    yield (
        base + PLACES[ITEM],
        {
            "parameters": [RECORD_ID],
            "get": _operation(kind, "read", f"Read: {name}", {200: _json(one)}),
            "patch": _operation(kind, "change", f"Change fields: {name}", {200: _json(one)}, body=changes),
            "delete": _operation(kind, "delete", f"Delete: {name}", {204: {}}),
        },
    )
    if kind.stages is not None:
        moved = _operation(kind, "move", f"Move to another stage: {name}", {200: _json(one)}, body="Stage")
        yield base + PLACES[ITEM_STAGE], {"parameters": [RECORD_ID], "post": moved}


def _operation(
    kind: RecordKind,
    verb: str,
    summary: str,
    done: dict[int, dict[str, Any]],
    body: str | None = None,
    query: bool = False,
) -> dict[str, Any]:
    said = {
        "operationId": f"{verb}_{kind.key}",
        "tags": [str(load_tools()[kind.tool].title)],
        "summary": summary,
        "parameters": list(_query()) if query else [],
        "responses": _responses(done, WITH_BODY if body else (409,) if verb == "delete" else ()),
    }
    return {**said, "requestBody": _body(body)} if body else said


def _receiving() -> dict[str, Any]:
    """A message of another system (D7)."""
    accepted = _json("Received")
    return {
        "operationId": "receive_event",
        "tags": ["Events"],
        "summary": "Hand in a message of another system, which becomes an event",
        "parameters": [EVENT],
        "requestBody": {
            "required": True,
            "content": {
                media: {"schema": {"type": "object"}}
                for media in ("application/json", "application/x-www-form-urlencoded")
            },
        },
        "responses": _responses({200: accepted, 202: accepted}, (401, *WITH_BODY)),
    }


def _received() -> dict[str, Any]:
    """What a message is answered with."""
    published = TypeAdapter(PublishedOut).json_schema()
    published["properties"] |= {"duplicate": {"type": "boolean"}}
    kept = {"status": {"const": "kept"}, "detail": {"type": "string"}}
    return {
        "anyOf": [
            {**published, "title": "Published", "required": list(published["properties"])},
            {"title": "Kept as a sample", **object_of(kept, list(kept))},
            {"title": "Slack's question", **object_of({"challenge": {"type": "string"}}, ["challenge"])},
        ]
    }


def _responses(done: dict[int, dict[str, Any]], fails: tuple[int, ...]) -> dict[str, Any]:
    good = {
        str(status): {"description": HTTPStatus(status).phrase, **content} for status, content in done.items()
    }
    denied = {"description": "The tool was not granted, or a right is missing", **_json("Denied")}
    wrong = {
        str(status): problem_answer(HTTPStatus(status).phrase) for status in sorted((*ALWAYS_FAILS, *fails))
    }
    wrong["429"]["headers"] = {"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}}
    return {**good, "403": denied, **wrong, "default": problem_answer("Our fault")}


def _body(name: str) -> dict[str, Any]:
    return {"required": True, **_json(name)}


def _json(name: str) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": COMPONENTS + name}}}}


def _page(name: str) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["data", "next_cursor"],
        "properties": {
            "data": {"type": "array", "items": {"$ref": COMPONENTS + name}},
            "next_cursor": {"type": ["string", "null"]},
        },
        "additionalProperties": False,
    }
    return {"content": {"application/json": {"schema": schema}}}


def _query() -> Iterator[dict[str, Any]]:
    for name, schema in ListQuery.model_json_schema()["properties"].items():
        yield {"name": name, "in": "query", "required": False, "schema": schema}


def _shown(kind: RecordKind) -> dict[str, Any]:
    """A record as it is answered: every field in its place, but for those that show only when they are set."""
    always = [name for name, field in kind.fields.items() if field.show == "always"]
    shown = {name: _shown_field(kind, field) for name, field in kind.fields.items()}
    return {"type": "object", "properties": shown, "required": always, "additionalProperties": False}


def _shown_field(kind: RecordKind, field: Field) -> dict[str, Any]:
    if field.writable:
        return {"title": field.title, "anyOf": [schema_of(field), {"const": field.empty}]}
    if field.filled == "id":
        return {"type": "integer" if kind.id == "number" else "string"}
    if field.filled in {"created_at", "updated_at"}:
        return {"type": "integer" if field.as_ == "seconds" else "string"}
    return _FILLED.get(str(field.filled), {})
