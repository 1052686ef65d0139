"""The documentation for people: every call on one page, made from the OpenAPI document. No CDN, no script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import current_app, redirect, render_template, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.api.action import shapes
from app.api.blueprint import bp
from app.api.openapi import COMPONENTS, document
from app.api.problems import KINDS
from app.catalogue import load_catalogue, load_tools
from app.core.route_policy import PUBLIC, declare

DEEPEST = 3


@dataclass(frozen=True, slots=True)
class SchemaField:
    """One line of a table: a field, dotted where it stands inside another."""

    name: str
    kind: str
    needed: bool
    about: str


@bp.get("/docs")
@declare(PUBLIC)
def docs() -> str:
    """Every call, what it takes and what it answers."""
    whole = document(current_app._get_current_object())  # type: ignore[attr-defined]
    return render_template(
        "api/docs.html",
        base_url=current_app.config["SETTINGS"].base_url,
        groups=_groups(whole),
        problems=KINDS,
        action_errors=_action_errors(),
        action_events=load_catalogue().action_api_names(),
        incoming_tools=load_tools(),
        fields_of=lambda schema: list(_fields(schema, whole["components"]["schemas"])),
    )


@declare(PUBLIC)
def problem(kind: str) -> Response:
    """The `type` of a problem leads to what it means."""
    if kind not in KINDS:
        raise NotFound
    return redirect(url_for("api.docs", _anchor=f"problem-{kind}"), 303)


def _action_errors() -> dict[int, str]:
    """The codes of the action API, and what they say."""
    wrong = f"{shapes.REQUIRED} / {shapes.SENTENCES[shapes.WRONG_PARAMETER]} / {shapes.NO_WEBHOOK}"
    return {**shapes.SENTENCES, shapes.WRONG_PARAMETER: wrong}


def _groups(whole: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    """Per tag its calls as (method, path, operation)."""
    groups: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, operations in whole["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    return groups


def _fields(schema: dict[str, Any], components: dict[str, Any], depth: int = 0) -> Iterator[SchemaField]:
    schema = _resolved(schema, components)
    if schema.get("type") == "array":
        yield from _fields(schema["items"], components, depth)
        return
    needed = schema.get("required", [])
    for name, inner in schema.get("properties", {}).items():
        yield SchemaField(name, _kind(inner, components), name in needed, _about(inner))
        if depth < DEEPEST:
            for field in _fields(_not_null(inner), components, depth + 1):
                yield SchemaField(f"{name}.{field.name}", field.kind, field.needed, field.about)


def _resolved(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref", "")
    return components[reference.removeprefix(COMPONENTS)] if reference else schema


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Of "this or null" the this."""
    return next((one for one in schema.get("anyOf", ()) if one.get("type") != "null"), schema)


def _kind(schema: dict[str, Any], components: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_kind(one, components) for one in schema["anyOf"])
    schema = _resolved(schema, components)
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}), components)}"
    return str(schema.get("format") or schema.get("type", "anything"))


def _about(schema: dict[str, Any]) -> str:
    bounds = {"minimum": "≥", "maximum": "≤", "maxLength": "length ≤", "maxItems": "items ≤"}
    inner = _not_null(schema)
    said = [f"{sign} {inner[name]}" for name, sign in bounds.items() if name in inner]
    if schema.get("default") not in (None, "", [], {}):
        said.append(f"default {schema['default']}")
    return ", ".join(filter(None, [inner.get("description", ""), *said]))
