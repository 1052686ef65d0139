"""A JSON Schema for a sample that has none: what its values are, and nothing about what may be missing."""

from __future__ import annotations

from typing import Any

_TYPES: dict[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}


def inferred_schema(value: Any) -> dict[str, Any]:
    """The types of a JSON value and of what is in it. What a sample lacks a message may have, and the other way."""
    if value is None:
        return {}
    if isinstance(value, dict):
        return {"type": "object", "properties": {name: inferred_schema(one) for name, one in value.items()}}
    if isinstance(value, list):
        return {"type": "array", "items": _of_all(value)}
    return {"type": next(name for kind, name in _TYPES.items() if isinstance(value, kind))}


def _of_all(items: list[Any]) -> dict[str, Any]:
    """One schema for all items: theirs if they agree, else none; objects need not have the same names."""
    schemas = [inferred_schema(item) for item in items]
    if not schemas or any(one.get("type") != schemas[0].get("type") for one in schemas):
        return {}
    if schemas[0].get("type") != "object":
        return schemas[0] if all(one == schemas[0] for one in schemas) else {"type": schemas[0]["type"]}
    properties: dict[str, Any] = {}
    for one in schemas:
        for name, schema in one["properties"].items():
            properties[name] = schema if properties.get(name, schema) == schema else {}
    return {"type": "object", "properties": properties}
