"""The OpenAPI 3.1 document: made from the routes, their scopes, and the schemas that check and shape."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from flask import Flask, current_app, request
from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode
from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from app.api.answers import answer
from app.api.blueprint import PREFIX, bp
from app.api.chosen_space import HEADER, HEADER_HELP
from app.api.idempotency import KEY_HEADER, KEY_HELP, takes_key
from app.api.operation import Operation
from app.core.route_policy import PUBLIC, SCOPE, declare, declared_by
from app.core.validation import Schema
from app.core.version import __version__
from app.models.api_key import SCOPES
from app.models.instance_key import OF_INSTANCE

COMPONENTS = "#/components/schemas/"
# 404 and 409 also for a space that is unknown or archived.
ALWAYS_FAILS = (400, 401, 403, 404, 409, 422)
_PARAMETER = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")

PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457). Programs decide by `type`.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "reference": {"type": "string", "description": "Tell it to whoever runs Hookdesk"},
    },
}


@dataclass(frozen=True, slots=True)
class DocumentedCall:
    """One documented route."""

    method: str
    path: str
    parameters: tuple[str, ...]
    name: str
    scope: str
    operation: Operation


@bp.get("/v1/openapi.json")
@declare(PUBLIC)
def openapi_document() -> Response:
    """The document."""
    return answer(document(current_app._get_current_object()))  # type: ignore[attr-defined]


@bp.after_request
def name_methods(response: Response) -> Response:
    """OPTIONS of `/webhooks/test` names its own methods, not those of `/webhooks/{webhook_id}`, which it fits too."""
    rule = request.url_rule
    if request.method == "OPTIONS" and rule is not None:
        same = (other for other in current_app.url_map.iter_rules() if other.rule == rule.rule)
        response.headers["Allow"] = ", ".join(
            sorted({name for other in same for name in other.methods or ()})
        )
    return response


def calls(app: Flask) -> Iterator[DocumentedCall]:
    """Every documented route, in the order of the paths."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, _method(rule))):
        operation = getattr(app.view_functions[rule.endpoint], "operation", None)
        if rule.rule.startswith(PREFIX) and operation is not None:
            yield DocumentedCall(
                method=_method(rule),
                path=_PARAMETER.sub(r"{\1}", rule.rule),
                parameters=tuple(_PARAMETER.findall(rule.rule)),
                name=rule.endpoint.rpartition(".")[2],
                scope=(declared_by(app, rule.endpoint) or "").removeprefix(SCOPE),
                operation=operation,
            )


def document(app: Flask) -> dict[str, Any]:
    """The OpenAPI document of the app; made once."""
    if "openapi" not in app.extensions:
        app.extensions["openapi"] = _document(app)
    made: dict[str, Any] = app.extensions["openapi"]
    return made


def problem_answer(description: str) -> dict[str, Any]:
    """How the document describes an answer that is a problem."""
    schema = {"$ref": COMPONENTS + "Problem"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


def _document(app: Flask) -> dict[str, Any]:
    components: dict[str, Any] = {"Problem": PROBLEM}
    paths: dict[str, dict[str, Any]] = {}
    for call in calls(app):
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Hookdesk",
            "version": __version__,
            "description": "Publish events, set up webhooks, see and resend what was sent. "
            "Unknown fields are refused. Times are RFC 3339 in UTC.",
        },
        "servers": [{"url": app.config["SETTINGS"].base_url}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": f"An API key of a space. Scopes: {', '.join(SCOPES)}. "
                    f"An instance key may also carry {', '.join(OF_INSTANCE)}.",
                }
            },
            "schemas": components,
        },
    }


def _method(rule: Rule) -> str:
    return min((rule.methods or set()) - {"HEAD", "OPTIONS"}, default="")


def _operation(call: DocumentedCall, components: dict[str, Any]) -> dict[str, Any]:
    operation = call.operation
    described: dict[str, Any] = {
        "operationId": call.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": f"Scope: `{call.scope}`.",
        "security": [{"key": [call.scope]}],
        "parameters": list(_parameters(call)),
        "responses": _responses(call, components),
    }
    if operation.body is not None:
        described["requestBody"] = {
            "required": not operation.body_optional,
            "content": {"application/json": {"schema": _body(operation.body, operation.partial, components)}},
        }
    return described


def _parameters(call: DocumentedCall) -> Iterator[dict[str, Any]]:
    for name in call.parameters:
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    for name, description in (*call.operation.headers, *_key_header(call), *_space_header(call)):
        yield {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}
    if call.operation.query is not None:
        for name, schema in call.operation.query.model_json_schema()["properties"].items():
            yield {"name": name, "in": "query", "required": False, "schema": schema}


def _key_header(call: DocumentedCall) -> tuple[tuple[str, str], ...]:
    return ((KEY_HEADER, KEY_HELP),) if takes_key(call.operation, call.method) else ()


def _space_header(call: DocumentedCall) -> tuple[tuple[str, str], ...]:
    return () if call.scope in OF_INSTANCE else ((HEADER, HEADER_HELP),)


def _body(body: type[Schema], partial: bool, components: dict[str, Any]) -> dict[str, Any]:
    """The schema of a body; `partial`: any part of it will do."""
    reference = _component(body, body.__name__, components)
    if not partial:
        return reference
    return {name: value for name, value in components[body.__name__].items() if name != "required"}


def _responses(call: DocumentedCall, components: dict[str, Any]) -> dict[str, Any]:
    operation = call.operation
    key = (409, 413) if takes_key(operation, call.method) else ()
    done = (operation.status, *operation.also)
    responses = {str(status): _success(operation, status, components) for status in done}
    body, rate = (413, 415) if operation.body else (), (429,) if operation.rate_limited else ()
    for status in sorted({*ALWAYS_FAILS, *operation.fails, *body, *rate, *key}):
        responses[str(status)] = problem_answer(HTTPStatus(status).phrase)
    return {**responses, "default": problem_answer("Our fault")}


def _success(operation: Operation, status: int, components: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if operation.media:
        return {**described, "content": {media: {"schema": {}} for media in operation.media}}
    if operation.answer is None:
        return described
    schema = _component(operation.answer, operation.answer.__name__, components)
    if operation.listed:
        schema = {
            "type": "object",
            "required": ["data", "next_cursor"],
            "properties": {
                "data": {"type": "array", "items": schema},
                "next_cursor": {"type": ["string", "null"]},
            },
        }
    return {**described, "content": {"application/json": {"schema": schema}}}


def _component(kind: type[Schema] | Any, name: str, components: dict[str, Any]) -> dict[str, Any]:
    """A reference to the schema of a model or typed dictionary, which is added to the components."""
    schema = _json_schema(kind)
    components.update({each: _without_defaults(known) for each, known in schema.get("$defs", {}).items()})
    components[name] = _without_defaults({key: value for key, value in schema.items() if key != "$defs"})
    return {"$ref": COMPONENTS + name}


def _without_defaults(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with each default told in words: generators take a member with `default` for one that is always
    there, and then want it from whoever writes a request in TypeScript.
    """
    members = {name: _default_told(member) for name, member in schema.get("properties", {}).items()}
    return {**schema, "properties": members} if members else schema


def _default_told(member: dict[str, Any]) -> dict[str, Any]:
    if "default" not in member:
        return member
    rest = {name: value for name, value in member.items() if name != "default"}
    told = f"If left out: {json.dumps(member['default'])}."
    return {**rest, "description": f"{rest['description']}. {told}" if "description" in rest else told}


@cache
def _json_schema(kind: type[Schema] | Any) -> dict[str, Any]:
    """The JSON Schema of a type. Many calls answer with the same one, and making it is slow; do not change it."""
    mode: JsonSchemaMode = (
        "validation" if isinstance(kind, type) and issubclass(kind, Schema) else "serialization"
    )
    return TypeAdapter(kind).json_schema(ref_template=COMPONENTS + "{model}", mode=mode)
