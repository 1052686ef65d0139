"""Does an answer agree with the OpenAPI document? As much of JSON Schema as the document uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from app.api.openapi import document

TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
}


def check_agreement(app: Flask, method: str, path: str, answer: TestResponse) -> None:
    """Raise `AssertionError` unless status, media type and body are what the document says of the call."""
    operation = _operation(app, method, path)
    if operation is None or answer.status_code == 405:
        return
    said = operation["responses"].get(str(answer.status_code))
    assert said or answer.status_code >= 500, f"{method} {path}: {answer.status_code} is not documented"
    content = (said or operation["responses"]["default"]).get("content")
    if content is None:
        assert answer.data == b"", f"{method} {path}: a body that is not documented"
        return
    assert answer.mimetype in content
    components = document(app)["components"]["schemas"]
    faults = list(disagreements(answer.json, content[answer.mimetype]["schema"], components))
    assert faults == [], f"{method} {path}: {faults}"


def disagreements(
    value: Any, schema: dict[str, Any], components: dict[str, Any], at: str = ""
) -> Iterator[str]:
    """What in the value is not as the schema says. An object may hold nothing that is not named."""
    if "$ref" in schema:
        schema = components[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        if all(list(disagreements(value, one, components, at)) for one in schema["anyOf"]):
            yield f"{at}: none of anyOf fits {value!r}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is not in {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{at}: {value!r} is not {schema['const']!r}"
    if not _is_of(value, schema.get("type")):
        yield f"{at}: {value!r} is no {schema['type']}"
    elif isinstance(value, dict):
        yield from _object(value, schema, components, at)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from disagreements(item, schema.get("items", {}), components, f"{at}.{number}")


def _object(
    value: dict[str, Any], schema: dict[str, Any], components: dict[str, Any], at: str
) -> Iterator[str]:
    named = schema.get("properties", {})
    open_for_more = schema.get("additionalProperties", not named)
    for name in schema.get("required", []):
        if name not in value:
            yield f"{at}.{name}: missing"
    for name, inner in value.items():
        if name in named:
            yield from disagreements(inner, named[name], components, f"{at}.{name}")
        elif isinstance(open_for_more, dict):
            yield from disagreements(inner, open_for_more, components, f"{at}.{name}")
        elif (
            not open_for_more and "type" in schema and schema.get("description", "")[:15] != "What went wrong"
        ):
            yield f"{at}.{name}: not documented"


def _is_of(value: Any, kind: str | list[str] | None) -> bool:
    if kind is None:
        return True
    if isinstance(kind, list):
        return any(_is_of(value, one) for one in kind)
    if kind in {"integer", "number"}:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole or (kind == "number" and isinstance(value, float))
    return isinstance(value, TYPES[kind])


def _operation(app: Flask, method: str, path: str) -> dict[str, Any] | None:
    try:
        endpoint, _arguments = app.url_map.bind("localhost").match(path, method)
    except HTTPException:
        return None
    name = endpoint.rpartition(".")[2]
    for operations in document(app)["paths"].values():
        for operation in operations.values():
            if operation["operationId"] == name:
                return dict(operation)
    return None
