"""disagreements: where a sample breaks its JSON Schema."""

from __future__ import annotations

from typing import Any

import pytest

from app.catalogue.schema import disagreements


def found(schema: Any, value: Any) -> list[str]:
    return [str(fault) for fault in disagreements(schema, value)]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (True, 1),
        (None, 1),
        ({}, "anything"),
        ({"type": "integer"}, 5),
        ({"type": "integer"}, 5.0),
        ({"type": "number"}, 5),
        ({"type": "boolean"}, False),
        ({"type": ["string", "null"]}, None),
        ({"type": "array", "items": {"type": "string"}}, ["a"]),
        ({"enum": ["a", 1]}, 1),
        ({"const": None}, None),
        ({"minimum": 1, "maximum": 2}, 1.5),
        ({"required": "not a list", "properties": 5}, {"a": 1}),
        ({"pattern": "^x", "$ref": "#/none", "format": "date"}, "not checked here"),
    ],
)
def test_what_agrees(schema: Any, value: Any) -> None:
    assert found(schema, value) == []


@pytest.mark.parametrize(
    ("schema", "value", "fault"),
    [
        (False, 1, "The schema allows nothing here."),
        ({"type": "integer"}, True, "The schema wants integer here."),
        ({"type": "integer"}, 5.5, "The schema wants integer here."),
        ({"type": "integer"}, float("inf"), "The schema wants integer here."),
        ({"type": "string"}, None, "The schema wants string here."),
        ({"type": ["string", "null"]}, 1, "The schema wants string or null here."),
        ({"enum": ["a", 1]}, True, "The schema allows only a, 1 here."),
        ({"const": 2}, 3, "The schema allows only 2 here."),
        ({"minLength": 3}, "ab", "The schema wants at least 3 characters."),
        ({"maximum": 3}, 4, "The schema wants at most 3."),
        ({"required": ["id"]}, {}, "id: The schema requires this."),
        ({"additionalProperties": False}, {"x": 1}, "x: The schema allows nothing here."),
        (
            {"properties": {"rows": {"items": {"required": ["id"]}}}},
            {"rows": [{"id": 1}, {}]},
            "rows.1.id: The schema requires this.",
        ),
    ],
)
def test_what_disagrees(schema: Any, value: Any, fault: str) -> None:
    assert found(schema, value) == [fault]
